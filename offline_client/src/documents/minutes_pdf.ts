// The minutes as a PDF, made on the phone without a network. Loaded only when somebody asks for it (jsPDF and three
// fonts, precached like the rest of the app); there are no photos in it, so a phone with little memory can make it.
import { jsPDF } from 'jspdf';
import { ANSWERS_DIGEST, type Paper } from '../domain/minutes.ts';
import bold from './fonts/CongVuSerif-Bold.ttf?url';
import italic from './fonts/CongVuSerif-Italic.ttf?url';
import regular from './fonts/CongVuSerif-Regular.ttf?url';
import { layOut } from './minutes_layout.ts';
import type { Mark } from './sheet.ts';
import { linesIn } from './strokes.ts';
import type { FontStyle } from './words.ts';

const FAMILY = 'CongVu Serif';
const INK = '#00308f';
const SHEET = { width: 1000, pen: 7 } as const;
export const FONTS: Readonly<Record<FontStyle, string>> = { normal: regular, bold, italic };

export interface PdfOptions {
  /** The bytes of a font by its address. */
  readonly load: (url: string) => Promise<Uint8Array>;
  /** How far it is, 0 to 1; may wait, so that the screen is drawn in between. */
  readonly told: (share: number) => Promise<void>;
  /** When the last party signed: the same minutes give the same file. */
  readonly signedAt: Date;
}

/** Typesets the minutes; rejects when a font cannot be loaded or memory runs out. */
export async function minutesPdf(paper: Paper, { load, told, signedAt }: PdfOptions): Promise<Blob> {
  const pdf = new jsPDF({ unit: 'pt', format: 'a4', compress: true, putOnlyUsedFonts: true });
  for (const [style, url] of Object.entries(FONTS)) {
    const name = `${style}.ttf`;
    pdf.addFileToVFS(name, binary(await load(url)));
    pdf.addFont(name, FAMILY, style, undefined, 'Identity-H');
  }
  const digest = paper.provenance.find(([name]) => name === ANSWERS_DIGEST)?.[1] ?? '';
  pdf.setProperties({ title: `${paper.title} ${paper.subject}`, keywords: digest });
  pdf.setLanguage('vi');
  pdf.setCreationDate(signedAt);
  if (/^[0-9a-f]{64}$/.test(digest)) pdf.setFileId(digest.slice(0, 32).toUpperCase());
  const sheets = await layOut(paper, measureWith(pdf), (share) => told(share * 0.8));
  for (const [at, marks] of sheets.pages.entries()) {
    await told(0.8 + (0.2 * at) / sheets.pages.length);
    if (at > 0) pdf.addPage();
    for (const mark of marks) draw(pdf, mark);
  }
  return pdf.output('blob');
}

/** Widths are asked for the same words again and again. */
function measureWith(pdf: jsPDF) {
  const known = new Map<string, number>();
  return (text: string, style: FontStyle, size: number): number => {
    const key = `${style}${text}`;
    let units = known.get(key);
    if (units === undefined) {
      pdf.setFont(FAMILY, style);
      units = pdf.getStringUnitWidth(text);
      known.set(key, units);
    }
    return units * size;
  };
}

function draw(pdf: jsPDF, mark: Mark): void {
  if (mark.type === 'text') {
    pdf.setFont(FAMILY, mark.font.style);
    pdf.setFontSize(mark.font.size);
    pdf.text(mark.text, mark.x, mark.y);
  } else if (mark.type === 'rule') {
    pdf.setDrawColor('#000000');
    pdf.setLineWidth(mark.width);
    pdf.line(mark.x1, mark.y1, mark.x2, mark.y2);
  } else {
    const scale = mark.width / SHEET.width;
    pdf.setDrawColor(INK);
    pdf.setLineWidth(SHEET.pen * scale);
    pdf.setLineCap('round');
    pdf.setLineJoin('round');
    for (const [first, ...rest] of linesIn(mark.path)) {
      const [x, y] = first!;
      let [atX, atY] = [x, y];
      // A dot is a line of no length.
      const steps = (rest.length > 0 ? rest : [first!]).map(([toX, toY]) => {
        const step = [(toX - atX) * scale, (toY - atY) * scale];
        [atX, atY] = [toX, toY];
        return step;
      });
      pdf.lines(steps, mark.x + x * scale, mark.y + y * scale, [1, 1], 'S');
    }
    pdf.setLineCap('butt');
    pdf.setLineJoin('miter');
  }
}

/** What jsPDF takes a font as: one character for each byte. */
function binary(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
