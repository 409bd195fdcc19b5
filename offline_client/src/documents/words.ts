// Setting words in lines: what fits, and where each word stands. Lengths in points.

export type FontStyle = 'normal' | 'bold' | 'italic';

/** The width of a text in a style at a size. */
export type Measure = (text: string, style: FontStyle, size: number) => number;

export interface Font {
  readonly style: FontStyle;
  readonly size: number;
}

export interface SetLine {
  readonly words: readonly string[];
  readonly width: number;
  /** The last of its paragraph: never stretched. */
  readonly last: boolean;
}

/** Breaks a text at its spaces, a word too long for a line wherever it must; `indent` shortens the first line. */
export function linesOf(
  text: string,
  width: number,
  font: Font,
  measure: Measure,
  indent = 0,
): readonly SetLine[] {
  const wide = (each: string) => measure(each, font.style, font.size);
  const space = wide(' ');
  const lines: { words: string[]; width: number }[] = [];
  let line = { words: [] as string[], width: 0 };
  const room = () => width - (lines.length === 0 ? indent : 0);
  const end = () => {
    lines.push(line);
    line = { words: [], width: 0 };
  };
  for (const word of text.normalize('NFC').split(/[ \t\n]+/)) {
    if (word === '') continue;
    for (const piece of piecesOf(word, width - indent, wide)) {
      const size = wide(piece);
      if (line.words.length > 0 && line.width + space + size > room()) end();
      line.width += size + (line.words.length > 0 ? space : 0);
      line.words.push(piece);
    }
  }
  if (line.words.length > 0 || lines.length === 0) end();
  return lines.map((each, at) => ({ ...each, last: at === lines.length - 1 }));
}

/** Where the words of a line stand: from the left, or stretched so that the last one ends at `width`. */
export function placesOf(line: SetLine, width: number, font: Font, measure: Measure): readonly number[] {
  const wide = (each: string) => measure(each, font.style, font.size);
  const gaps = line.words.length - 1;
  const stretched = gaps > 0 && !line.last ? (width - line.width) / gaps : 0;
  let x = 0;
  return line.words.map((word) => {
    const at = x;
    x += wide(word) + wide(' ') + stretched;
    return at;
  });
}

/** A word as it is, or in the longest pieces that fit a line. */
function piecesOf(word: string, width: number, wide: (text: string) => number): readonly string[] {
  if (wide(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const letter of word) {
    if (piece !== '' && wide(piece + letter) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += letter;
  }
  return [...pieces, piece];
}
