// A table that runs over sheets: its header stands on each of them, its caption never alone.
import { type Block, LINE, MARGIN, PAGE, type Sheets } from './sheet.ts';
import type { Font } from './words.ts';

const BODY: Font = { style: 'normal', size: 12 };
const HEAD: Font = { style: 'bold', size: 12 };
const CAPTION: Font = { style: 'bold', size: 13 };
const INSET = 4;
const STROKE = 0.5;
const PITCH = 1.2;

interface Table {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly widths: readonly number[];
}

export function drawTable(sheets: Sheets, table: Table): void {
  const shares = table.widths.reduce((sum, each) => sum + each, 0);
  const widths = table.widths.map((each) => (LINE * each) / shares);
  const setRow = (cells: readonly string[], font: Font, center: boolean) =>
    cells.map((text, at) =>
      sheets.block(text, font, {
        width: widths[at]! - 2 * INSET,
        align: center ? 'center' : 'left',
        pitch: PITCH,
      }),
    );
  const header = setRow(table.header, HEAD, true);
  const caption = table.caption === '' ? null : sheets.block(table.caption, CAPTION, { align: 'center' });
  const first = table.rows[0] ? heightOf(setRow(table.rows[0], BODY, false)) : 0;
  const before = sheets.y === MARGIN.top ? 0 : 6;
  sheets.need(
    before + (caption ? caption.height + 4 : 0) + heightOf(header) + Math.min(first, PAGE.height / 3),
  );
  if (sheets.y !== MARGIN.top) sheets.y += before;
  if (caption) {
    sheets.flow(caption);
    sheets.y += 4;
  }
  const drawHeader = () => drawRow(sheets, header, widths, true);
  drawHeader();
  for (const cells of table.rows) {
    let row = setRow(cells, BODY, false);
    // A row goes to the next sheet whole; one that no sheet can hold is cut between its lines.
    if (sheets.need(heightOf(row))) drawHeader();
    while (heightOf(row) > sheets.left) {
      const fit = Math.max(1, Math.floor((sheets.left - 2 * INSET) / (PITCH * BODY.size)));
      drawRow(
        sheets,
        row.map((cell) => part(cell, 0, fit)),
        widths,
      );
      row = row.map((cell) => part(cell, fit));
      sheets.turn();
      drawHeader();
    }
    drawRow(sheets, row, widths);
  }
  sheets.y += 6;
}

function heightOf(row: readonly Block[]): number {
  return Math.max(...row.map((cell) => cell.height)) + 2 * INSET;
}

function part(cell: Block, from: number, to?: number): Block {
  const lines = cell.lines.slice(from, to);
  return { ...cell, lines, height: lines.length * cell.pitch };
}

function drawRow(sheets: Sheets, row: readonly Block[], widths: readonly number[], top = false): void {
  const [y, height] = [sheets.y, heightOf(row)];
  const bottom = y + height;
  if (top) sheets.rule(MARGIN.left, y, MARGIN.left + LINE, y, STROKE);
  sheets.rule(MARGIN.left, bottom, MARGIN.left + LINE, bottom, STROKE);
  let x: number = MARGIN.left;
  sheets.rule(x, y, x, bottom, STROKE);
  row.forEach((cell, at) => {
    sheets.drawAt(cell, x + INSET, y + (height - cell.height) / 2);
    x += widths[at]!;
    sheets.rule(x, y, x, bottom, STROKE);
  });
  sheets.y = bottom;
}
