// The minutes of a visit (biên bản kiểm tra, form 1.9), word for word and block for block as the server prints them.
// Twin of app/documents/papers/minutes.py, which names the layout's source; both are held to tests/vectors/minutes/.
import { hundredthsText } from './answer_text.ts';
import { REPEATING } from './found_text.ts';
import { boundsText, type Start, saidText } from './starting.ts';

/** A party's signature; a refusal has a reason and a witness, and no strokes. */
export interface Signed {
  readonly title: string;
  readonly name: string;
  readonly strokes: string;
  readonly refused: string;
  readonly witness: string;
  readonly witnessStrokes: string;
}

export interface MinutesRow {
  readonly text: string;
  readonly found: string;
  readonly points: string;
  readonly fails: boolean;
}

/** What was frozen on site and signed there; everything is the record's, nothing is typed. */
export interface MinutesRecord {
  /** The unit that leads the campaign: "Thị xã Sơn Tây". */
  readonly hostName: string;
  readonly campaignTitle: string;
  readonly unitName: string;
  readonly delegationName: string;
  readonly place: string;
  /** Local date and time to the minute, or empty. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Duty and name. */
  readonly members: readonly (readonly [string, string])[];
  readonly attendees: string;
  readonly sections: readonly { readonly title: string; readonly rows: readonly MinutesRow[] }[];
  readonly score: string;
  /** Why the grade is lower than the points say. */
  readonly caps: readonly string[];
  /** What was lacking when it was closed, by the name of the close reason, and why. */
  readonly lacking: readonly (readonly [keyof typeof LACKING, string])[];
  readonly draws: readonly string[];
  readonly recommendations: string;
  readonly remarks: string;
  /** Item and the unit's words. */
  readonly objections: readonly (readonly [string, string])[];
  readonly unit: Signed | null;
  readonly lead: Signed | null;
  /** SHA-256 of the frozen answers, which both parties signed. */
  readonly digest: string;
  /** SHA-256 of everything that was signed, objections and signatures among it; empty before. */
  readonly signedDigest: string;
  /** SHA-256 of the checklist. */
  readonly chk: string;
  /** The unit checks itself: one signature, no delegation, nobody who objects. */
  readonly selfCheck: boolean;
  /** Of a surprise visit. */
  readonly start: Start | null;
}

export type LineStyle = 'heading' | 'group' | 'paragraph' | 'numbered' | 'bullet' | 'note';

export type Part =
  | { readonly type: 'line'; readonly style: LineStyle; readonly text: string }
  | {
      readonly type: 'table';
      readonly caption: string;
      readonly header: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Shares of the line. */
      readonly widths: readonly number[];
    };

export interface PaperSignature {
  readonly title: string;
  readonly name: string;
  /** SVG path data on a sheet of 1000 × 400, or empty. */
  readonly strokes: string;
  /** Stands where nobody signed. */
  readonly note: string;
}

export interface Paper {
  readonly parentAgency: string;
  readonly agency: string;
  readonly numberLine: string;
  readonly title: string;
  readonly subject: string;
  readonly body: readonly Part[];
  readonly signatures: readonly PaperSignature[];
  /** What the paper rests on, by name. */
  readonly provenance: readonly (readonly [string, string])[];
}

export const NATION = 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM';
export const MOTTO = 'Độc lập - Tự do - Hạnh phúc';
/** Where a line ends; what else Python's `splitlines` knows, no keyboard writes. */
const LINE_ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;
const HEADER = ['TT', 'Nội dung', 'Kết quả', 'Đánh giá'];
const WIDTHS = [1, 7, 5, 3];
const OWN_WORDS = 'Đây là kết quả đơn vị tự đánh giá, không phải kết quả kiểm tra của cơ quan có thẩm quyền.';
const SIGNED_DIGEST = 'Mã băm gồm cả ý kiến và chữ ký (SHA-256, bản 2)';
/** Names the digest of the frozen answers on the paper. */
export const ANSWERS_DIGEST = 'Mã băm nội dung đã ký (SHA-256)';
/** What the lead wrote where something of the minutes themselves was lacking, by the name of the close reason. */
export const LACKING = {
  unanswered_reason: 'Lý do còn nội dung chưa trả lời',
  no_evidence_reason: 'Lý do còn thiếu ảnh minh chứng phiếu kiểm tra yêu cầu',
} as const;

export function minutes(record: MinutesRecord): Paper {
  if (record.selfCheck) return selfCheckPaper(record);
  const unit = committeeOf(record.unitName);
  const body: Part[] = [
    paragraph(opening(record, unit)),
    ...(record.start ? [paragraph(starting(record.start))] : []),
    heading('I', 'Thành phần'),
    line('group', '1. Đoàn kiểm tra'),
    ...record.members.map(([duty, name]) => bullet(`${name}${duty ? `, ${duty}` : ''};`)),
    line('group', `2. Đại diện ${unit}`),
    ...attending(record).map(bullet),
    heading('II', 'Nội dung và kết quả kiểm tra'),
    ...results(record),
  ];
  body.push(heading('III', 'Ý kiến của đơn vị được kiểm tra'));
  body.push(...record.objections.map(([item, text], at) => line('numbered', `${at + 1}. ${item}: ${text}`)));
  if (record.objections.length === 0)
    body.push(paragraph('Đơn vị không có ý kiến khác về kết quả kiểm tra.'));
  body.push(...linesIn(record.recommendations).map((text) => paragraph(`Kiến nghị: ${text}`)));
  body.push(...linesIn(record.remarks).map((text) => paragraph(`Ghi chú của Đoàn kiểm tra: ${text}`)));
  body.push(paragraph(ending(record)));
  const bounds = record.start ? boundsText(record.start) : '';
  return {
    parentAgency: committeeOf(record.hostName).toUpperCase(),
    agency: 'ĐOÀN KIỂM TRA',
    numberLine: 'Số:       /BB-ĐKT',
    title: 'BIÊN BẢN',
    subject: subjectOf(record.campaignTitle, record.unitName),
    body,
    signatures: signatures(record),
    provenance: [
      ['Phiếu kiểm tra (SHA-256)', record.chk],
      [ANSWERS_DIGEST, record.digest],
      ...(record.signedDigest ? [[SIGNED_DIGEST, record.signedDigest] as const] : []),
      ...(bounds ? [['Thời điểm bắt đầu theo máy chủ', bounds] as const] : []),
    ],
  };
}

/** What was asked and found, item by item, and what it comes to. */
function results(record: MinutesRecord): readonly Part[] {
  const body: Part[] = [
    ...record.sections.map(
      ({ title, rows }): Part => ({
        type: 'table',
        caption: title,
        header: HEADER,
        rows: rows.map((row, at) => [
          String(at + 1),
          row.text,
          row.found,
          row.fails ? 'Không đạt' : row.points,
        ]),
        widths: WIDTHS,
      }),
    ),
  ];
  if (record.draws.length > 0) {
    body.push(line('group', 'Hồ sơ rút ngẫu nhiên'));
    body.push(...record.draws.map((text) => bullet(`${text};`)), line('note', REPEATING));
  }
  body.push(paragraph(record.score), ...record.caps.map(paragraph));
  body.push(...record.lacking.map(([name, text]) => paragraph(`${LACKING[name]}: ${text}`)));
  return body;
}

/** What a unit says of itself, on a paper that nobody takes for minutes; the server prints none of a self-check. */
function selfCheckPaper(record: MinutesRecord): Paper {
  const unit = committeeOf(record.unitName);
  const when = record.startedAt ? `Hồi ${clock(record.startedAt)}` : 'Tại thời điểm tự kiểm tra';
  const end = record.endedAt ? `Việc tự kiểm tra kết thúc hồi ${clock(record.endedAt)}. ` : '';
  return {
    parentAgency: '',
    agency: unit.toUpperCase(),
    numberLine: 'Số:       /BB-UBND',
    title: 'BIÊN BẢN TỰ KIỂM TRA',
    subject: subjectOf(record.campaignTitle, record.unitName),
    body: [
      paragraph(`${when}, tại ${record.place || `trụ sở ${unit}`}, ${unit} tự kiểm tra.`),
      paragraph(OWN_WORDS),
      heading('I', 'Người tham gia'),
      ...record.members.map(([duty, name]) => bullet(`${name}${duty ? `, ${duty}` : ''};`)),
      heading('II', 'Nội dung và kết quả tự kiểm tra'),
      ...results(record),
      ...linesIn(record.remarks).map((text) => paragraph(`Ghi chú: ${text}`)),
      paragraph(`${end}Biên bản được người phụ trách tự kiểm tra ký và lưu tại đơn vị./.`),
    ],
    signatures: [party(record.lead, 'NGƯỜI PHỤ TRÁCH TỰ KIỂM TRA')],
    provenance: [
      ['Phiếu kiểm tra (SHA-256)', record.chk],
      [ANSWERS_DIGEST, record.digest],
      ...(record.signedDigest ? [[SIGNED_DIGEST, record.signedDigest] as const] : []),
    ],
  };
}

/** Every text a reader finds in the minutes, in reading order. */
export function textsOf(paper: Paper): readonly string[] {
  const { parentAgency, agency, numberLine, title, subject } = paper;
  const body = paper.body.flatMap((part) =>
    part.type === 'line'
      ? [part.text]
      : [part.caption, ...part.header, ...part.rows.flat()].filter((text) => text !== ''),
  );
  const signed = paper.signatures.flatMap((each) =>
    [each.title, each.note, each.name].filter((text) => text !== ''),
  );
  const head = [parentAgency, agency, NATION, MOTTO, numberLine, title, subject].filter(
    (text) => text !== '',
  );
  return [...head, ...body, ...signed];
}

/** The score as a sentence; `onScale` in hundredths, `grade` its label or empty. */
export function scoreText(onScale: number | null, scale: number, grade: string): string {
  if (onScale === null) return 'Không có nội dung nào được chấm điểm.';
  return `Điểm kiểm tra: ${hundredthsText(onScale)}/${scale} điểm${grade ? `, xếp loại ${grade}` : ''}.`;
}

/** A unit's People's Committee: `Phường Lê Lợi` gives `UBND phường Lê Lợi`. */
export function committeeOf(unitName: string): string {
  return `UBND ${unitName.slice(0, 1).toLowerCase()}${unitName.slice(1)}`;
}

function subjectOf(campaignTitle: string, unitName: string): string {
  return `${campaignTitle.slice(0, 1).toUpperCase()}${campaignTitle.slice(1)} tại ${committeeOf(unitName)}`;
}

function opening(record: MinutesRecord, unit: string): string {
  const when = record.startedAt ? `Hồi ${clock(record.startedAt)}` : 'Tại thời điểm kiểm tra';
  const where = record.place || `trụ sở ${unit}`;
  return `${when}, tại ${where}, ${record.delegationName} tiến hành kiểm tra tại ${unit}.`;
}

function starting(start: Start): string {
  return `Cuộc kiểm tra đột xuất, Trưởng đoàn bắt đầu lúc ${saidText(start)} theo điện thoại của Trưởng đoàn.`;
}

function ending({ endedAt, unit }: MinutesRecord): string {
  const when = endedAt ? `Cuộc kiểm tra kết thúc hồi ${clock(endedAt)}. ` : '';
  const read =
    'Biên bản đã được đọc lại cho những người tham gia cùng nghe, được lập thành 02 bản có giá trị như nhau, ';
  if (!unit?.refused) return `${when}${read}mỗi bên giữ 01 bản và cùng ký xác nhận./.`;
  const why = unit.refused.replace(/[. ]+$/, '');
  return (
    `${when}${read}mỗi bên giữ 01 bản. Đại diện đơn vị không ký biên bản, lý do: ${why}; ` +
    `người chứng kiến: ${unit.witness}./.`
  );
}

function attending({ attendees, unit }: MinutesRecord): readonly string[] {
  const named = linesIn(attendees);
  return named.length > 0 ? named : [unit ? `${unit.name}, ${unit.title}.` : '…'];
}

/** The unit on the left, the delegation on the right; below them who saw that the unit would not sign. */
function signatures({ unit, lead }: MinutesRecord): readonly PaperSignature[] {
  const left = party(unit, 'ĐẠI DIỆN ĐƠN VỊ');
  const right = party(lead, 'TRƯỞNG ĐOÀN KIỂM TRA');
  if (!unit?.refused) return [left, right];
  const witness = { title: 'NGƯỜI CHỨNG KIẾN', name: unit.witness, strokes: unit.witnessStrokes, note: '' };
  return [left, right, witness];
}

function party(signed: Signed | null, title: string): PaperSignature {
  if (signed === null) return { title, name: '', strokes: '', note: '' };
  if (signed.refused) return { title, name: signed.name, strokes: '', note: '(không ký)' };
  return { title, name: signed.name, strokes: signed.strokes, note: '' };
}

/** `08 giờ 05 phút, ngày 17 tháng 8 năm 2020`: a leading 0 for days below 10 and for months 1 and 2. */
function clock(local: string): string {
  const [date = '', time = ''] = local.split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  const [hour = '', minute = ''] = time.split(':');
  const told = Number(month) > 2 ? String(Number(month)) : month;
  return `${hour} giờ ${minute} phút, ngày ${day} tháng ${told} năm ${Number(year)}`;
}

function linesIn(text: string): readonly string[] {
  return text
    .split(LINE_ENDS)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

const line = (style: LineStyle, text: string): Part => ({ type: 'line', style, text });
const paragraph = (text: string): Part => line('paragraph', text);
const bullet = (text: string): Part => line('bullet', `- ${text}`);
const heading = (number: string, text: string): Part => line('heading', `${number}. ${text.toUpperCase()}`);
