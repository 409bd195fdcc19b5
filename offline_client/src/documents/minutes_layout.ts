// The minutes laid out on A4 sheets, block by block, as app/documents/official.typ does on the server.
import { MOTTO, NATION, type Paper, type PaperSignature, type Part } from '../domain/minutes.ts';
import { LINE, MARGIN, MM, Sheets } from './sheet.ts';
import { drawTable } from './table.ts';
import type { Font, Measure } from './words.ts';

const BODY: Font = { style: 'normal', size: 14 };
const BOLD: Font = { style: 'bold', size: 14 };
const NOTE: Font = { style: 'italic', size: 14 };
const SMALL: Font = { style: 'normal', size: 9 };
const INDENT = 10 * MM;
const GAP = 6;
/** Room for one who signs. */
const COLUMN = LINE / 2 - 4 * MM;
const SIGNATURE = { width: 50 * MM, height: 20 * MM } as const;

/**
 * Lays the minutes out; `told` hears how far it is, from 0 to 1, and may wait, so that a slow phone goes on drawing
 * its screen.
 */
export async function layOut(
  paper: Paper,
  measure: Measure,
  told: (share: number) => Promise<void> = async () => {},
): Promise<Sheets> {
  const sheets = new Sheets(measure);
  drawHeader(sheets, paper);
  const last = paper.body.at(-1);
  const parts = last?.type === 'line' ? paper.body.slice(0, -1) : paper.body;
  for (const [at, part] of parts.entries()) {
    await told(at / parts.length);
    drawPart(sheets, part);
  }
  // A signature never stands alone on a sheet: the last paragraph goes with it.
  sheets.need((last ? heightOf(sheets, last) : 0) + closingHeight(sheets, paper));
  if (last?.type === 'line') drawPart(sheets, last);
  drawClosing(sheets, paper);
  return sheets;
}

function drawHeader(sheets: Sheets, paper: Paper): void {
  const [left, right] = [LINE * 0.41, LINE * 0.59];
  const x = MARGIN.left + left;
  const centre = (text: string, style: Font['style'], size: number, width: number) =>
    sheets.block(text, { style, size }, { width, align: 'center' });
  let y = sheets.y;
  if (paper.parentAgency) y = sheets.drawAt(centre(paper.parentAgency, 'normal', 12, left), MARGIN.left, y);
  y = sheets.drawAt(centre(paper.agency, 'bold', 12, left), MARGIN.left, y) + 3;
  const middle = MARGIN.left + left / 2;
  sheets.rule(middle - 11 * MM, y, middle + 11 * MM, y);
  const motto = centre(MOTTO, 'bold', 13, right);
  let beside = sheets.drawAt(centre(NATION, 'bold', 12, right), x, sheets.y);
  beside = sheets.drawAt(motto, x, beside) + 1;
  const half = motto.lines[0]!.width / 2;
  sheets.rule(x + right / 2 - half, beside, x + right / 2 + half, beside);
  // The number is not set as words: the room left for it before it is given is part of the line.
  const number: Font = { style: 'normal', size: 13 };
  const wide = sheets.measure(paper.numberLine, number.style, number.size);
  sheets.y = Math.max(y, beside) + 20;
  sheets.put({ type: 'text', x: middle - wide / 2, y: sheets.y, text: paper.numberLine, font: number });
  sheets.y += 18;
  sheets.flow(sheets.block(paper.title, BOLD, { align: 'center' }));
  const subject = sheets.block(paper.subject, BOLD, { align: 'center', width: LINE * 0.85 });
  sheets.flow(subject, MARGIN.left + LINE * 0.075);
  sheets.y += 4;
  sheets.rule(MARGIN.left + LINE / 2 - 20 * MM, sheets.y, MARGIN.left + LINE / 2 + 20 * MM, sheets.y);
  sheets.y += 12;
}

function blockOf(sheets: Sheets, part: Extract<Part, { type: 'line' }>) {
  const bold = part.style === 'heading' || part.style === 'group';
  const font = bold ? BOLD : part.style === 'note' ? NOTE : BODY;
  return sheets.block(part.text, font, { align: 'justify', indent: INDENT });
}

function heightOf(sheets: Sheets, part: Part): number {
  return part.type === 'line' ? blockOf(sheets, part).height + GAP : 0;
}

function drawPart(sheets: Sheets, part: Part): void {
  if (part.type === 'table') {
    drawTable(sheets, part);
    return;
  }
  const block = blockOf(sheets, part);
  // A heading stands with what follows it.
  if (part.style === 'heading' || part.style === 'group') sheets.need(block.height + GAP + 3 * block.pitch);
  sheets.flow(block);
  sheets.y += GAP;
}

/** The two parties side by side; whoever else signs stands below, in the middle. */
function rowsOf(paper: Paper): readonly (readonly PaperSignature[])[] {
  return [paper.signatures.slice(0, 2), ...paper.signatures.slice(2).map((each) => [each])];
}

function signatureBlocks(sheets: Sheets, each: PaperSignature) {
  const set = (text: string, font: Font) => sheets.block(text, font, { width: COLUMN, align: 'center' });
  return {
    title: set(each.title, BOLD),
    note: set(each.note, { style: 'italic', size: 13 }),
    name: set(each.name, BOLD),
  };
}

function rowHeight(sheets: Sheets, row: readonly PaperSignature[]): number {
  const heights = row.map((each) => {
    const { title, name } = signatureBlocks(sheets, each);
    return title.height + SIGNATURE.height + name.height;
  });
  return Math.max(0, ...heights);
}

function closingHeight(sheets: Sheets, paper: Paper): number {
  const signed = rowsOf(paper).reduce((sum, row) => sum + 14 + rowHeight(sheets, row), 0);
  const small = provenanceBlocks(sheets, paper).reduce((sum, each) => sum + each.height, 0);
  return signed + 17 + small;
}

function drawClosing(sheets: Sheets, paper: Paper): void {
  for (const row of rowsOf(paper)) {
    sheets.y += 14;
    const middle = (at: number) => MARGIN.left + (LINE * (2 * at + 1)) / (2 * row.length);
    for (const [at, each] of row.entries()) drawSignature(sheets, each, middle(at));
    sheets.y += rowHeight(sheets, row);
  }
  sheets.y += 14;
  sheets.rule(MARGIN.left, sheets.y, MARGIN.left + LINE, sheets.y, 0.4);
  sheets.y += 3;
  for (const block of provenanceBlocks(sheets, paper)) sheets.flow(block);
}

function drawSignature(sheets: Sheets, each: PaperSignature, middle: number): void {
  const { title, note, name } = signatureBlocks(sheets, each);
  const x = middle - COLUMN / 2;
  const under = sheets.drawAt(title, x, sheets.y);
  if (each.note !== '') sheets.drawAt(note, x, under);
  if (each.strokes !== '') {
    const left = middle - SIGNATURE.width / 2;
    sheets.put({ type: 'strokes', x: left, y: under, width: SIGNATURE.width, path: each.strokes });
  }
  sheets.drawAt(name, x, under + SIGNATURE.height);
}

function provenanceBlocks(sheets: Sheets, paper: Paper) {
  return paper.provenance.map(([name, value]) => sheets.block(`${name}: ${value}`, SMALL));
}
