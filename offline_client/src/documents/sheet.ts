// Sheets of A4 filled from top to bottom: what is drawn where. Lengths in points, y grows downwards.
// Margins and sizes are those of Decree 30/2020/NĐ-CP, appendix I, as app/documents/official.typ has them.
import { type Font, linesOf, type Measure, placesOf, type SetLine } from './words.ts';

export const MM = 72 / 25.4;
export const PAGE = { width: 210 * MM, height: 297 * MM } as const;
export const MARGIN = { top: 22 * MM, bottom: 20 * MM, left: 30 * MM, right: 18 * MM } as const;
export const LINE = PAGE.width - MARGIN.left - MARGIN.right;
const PITCH = 1.28; // from one baseline to the next, in sizes of the letters
const ASCENT = 0.9; // from the top of a line to its baseline

export type Mark =
  | {
      readonly type: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly font: Font;
    }
  | {
      readonly type: 'rule';
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
      readonly width: number;
    }
  /** A drawn signature: path data on a sheet of 1000 × 400, `width` wide on paper. */
  | {
      readonly type: 'strokes';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly path: string;
    };

export type Align = 'left' | 'center' | 'justify';

/** A block of text before it is placed. */
export interface Block {
  readonly lines: readonly SetLine[];
  readonly font: Font;
  readonly width: number;
  readonly align: Align;
  readonly indent: number;
  readonly pitch: number;
  readonly height: number;
}

export interface BlockOptions {
  readonly width?: number;
  readonly align?: Align;
  readonly indent?: number;
  readonly pitch?: number;
}

export class Sheets {
  readonly pages: Mark[][] = [[]];
  y: number = MARGIN.top;
  readonly measure: Measure;

  constructor(measure: Measure) {
    this.measure = measure;
  }

  get left(): number {
    return PAGE.height - MARGIN.bottom - this.y;
  }

  /** Begins a new sheet unless so much still fits on this one. */
  need(height: number): boolean {
    if (height <= this.left || this.y === MARGIN.top) return false;
    this.turn();
    return true;
  }

  turn(): void {
    this.pages.push([]);
    this.y = MARGIN.top;
    this.#text(String(this.pages.length), MARGIN.left, MARGIN.top - 8 * MM, LINE, 'center', {
      style: 'normal',
      size: 13,
    });
  }

  block(text: string, font: Font, options: BlockOptions = {}): Block {
    const { width = LINE, align = 'left', indent = 0 } = options;
    const pitch = (options.pitch ?? PITCH) * font.size;
    const lines = linesOf(text, width, font, this.measure, indent);
    return { lines, font, width, align, indent, pitch, height: lines.length * pitch };
  }

  /** Draws lines of a block at a place of this sheet, and says where they end. */
  drawAt(block: Block, x: number, y: number, lines: readonly SetLine[] = block.lines): number {
    const { font, width, align, pitch } = block;
    lines.forEach((line, at) => {
      const indent = line === block.lines[0] ? block.indent : 0;
      const base = y + at * pitch + ASCENT * font.size;
      if (align !== 'justify')
        this.#text(line.words.join(' '), x + indent, base, width, align, font, line.width);
      else if (line.last) this.#text(line.words.join(' '), x + indent, base, width, 'left', font);
      else
        placesOf(line, width - indent, font, this.measure).forEach((place, word) => {
          this.put({ type: 'text', x: x + indent + place, y: base, text: line.words[word]!, font });
        });
    });
    return y + lines.length * pitch;
  }

  /** Draws a block from here on, over as many sheets as it takes; no line stands alone if two can stand together. */
  flow(block: Block, x: number = MARGIN.left): void {
    let rest = block.lines;
    if (block.lines.length > 1) this.need(2 * block.pitch);
    while (rest.length > 0) {
      this.need(block.pitch);
      const fit = Math.max(1, Math.floor(this.left / block.pitch + 0.001));
      const taken = rest.length - fit === 1 && fit > 2 ? fit - 1 : Math.min(fit, rest.length);
      this.y = this.drawAt(block, x, this.y, rest.slice(0, taken));
      rest = rest.slice(taken);
      if (rest.length > 0) this.turn();
    }
  }

  put(mark: Mark): void {
    this.pages.at(-1)!.push(mark);
  }

  rule(x1: number, y1: number, x2: number, y2: number, width = 0.6): void {
    this.put({ type: 'rule', x1, y1, x2, y2, width });
  }

  #text(text: string, x: number, y: number, width: number, align: Align, font: Font, wide?: number): void {
    if (text === '') return;
    const size = align === 'center' ? (wide ?? this.measure(text, font.style, font.size)) : 0;
    const at = align === 'center' ? x + (width - size) / 2 : x;
    this.put({ type: 'text', x: at, y, text, font });
  }
}
