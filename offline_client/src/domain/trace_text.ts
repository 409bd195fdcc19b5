// Why an item scored as it did, in a Vietnamese sentence: the trace of `scoring` for people.
// Twin of app/domain/trace_text.py; both are held to tests/vectors/explained/ and to the differential test.
import { answerText, hundredthsText, percentText, ratioText } from './answer_text.ts';
import { type Answers, type ItemAnswer, isTable } from './answers.ts';
import { type Band, type Checklist, type Item, items } from './checklist.ts';
import { conditionText, sourcesAt } from './condition_text.ts';
import { itemsNamed } from './conditions.ts';
import type { RuleTable } from './earning.ts';
import { type Fraction, fraction, fractionText, halfUp } from './fractions.ts';
import type { Score, Trace } from './scoring.ts';

const SENTENCES: { readonly [why: string]: string } = {
  unanswered: 'Chưa có kết quả: 0 điểm, không tính là không đạt',
  no_points: 'Nội dung không chấm điểm',
  choice: 'Điểm theo phương án được chọn',
  capped: 'Tổng điểm các phương án vượt mức tối đa, lấy mức tối đa',
  document_shown: 'Có văn bản: đủ điểm',
  document_not_shown: 'Không xuất trình văn bản: 0 điểm',
  no_rule: 'Không có quy tắc chấm',
};
const ZERO_TOTAL = {
  full: 'Không phát sinh: đủ điểm',
  none: 'Không phát sinh: 0 điểm',
  not_applicable: 'Không phát sinh, không tính vào điểm tối đa',
};
const STATES: { readonly [state: string]: string } = {
  not_asked: 'không hỏi',
  not_applicable: 'không áp dụng',
  contested: 'còn mâu thuẫn',
};

type Traces = ReadonlyMap<string, Trace>;

/** Says for every item which rule gave the points, with its figures, or why it did not apply. */
export function whyTexts(checklist: Checklist, answers: Answers, score: Score): ReadonlyMap<string, string> {
  const traces = new Map(score.items.map((trace) => [trace.key, trace]));
  const told = (item: Item) => whyText(checklist, item, answers.items.get(item.key)!, traces);
  return new Map(items(checklist).map((item) => [item.key, told(item)]));
}

/** Writes `4,5/5`; a dash for what does not score. */
export function earnedText(trace: Trace): string {
  if (trace.earned === null || trace.possible === null) return '–';
  return `${hundredthsText(halfUp(trace.earned))}/${hundredthsText(trace.possible)}`;
}

/** Writes points as a fraction in lowest terms where two decimals do not say them whole: `40/9`; else nothing. */
export function exactText(hundredths: Fraction | null): string {
  if (hundredths === null || hundredths.d === 1n) return '';
  return fractionText(fraction(hundredths.n, hundredths.d * 100n));
}

function whyText(checklist: Checklist, item: Item, answer: ItemAnswer, traces: Traces): string {
  const trace = traces.get(item.key)!;
  if (trace.why === 'not_asked') return notAskedText(checklist, item, traces);
  const { frame, size } = trace.inputs;
  const drawn = frame === undefined ? '' : `; mẫu ${size} rút từ ${hundredthsText(frame * 100)}`;
  const rule =
    trace.why === 'not_applicable'
      ? `Không áp dụng (${reasonText(answer)}), không tính vào điểm tối đa`
      : (SENTENCES[trace.why] ?? ruleText(item, trace));
  const told = `${rule}${drawn}`;
  if (trace.contested) return `${told}; câu trả lời còn mâu thuẫn, lấy mức thấp nhất`;
  return trace.state === 'incomplete' ? `${told}; còn dòng chưa trả lời` : told;
}

function reasonText(answer: ItemAnswer): string {
  const reasons = answer.na.candidates.map(({ value }) => (isTable(value) ? value.reason : undefined));
  return [...new Set(reasons.filter((each) => typeof each === 'string'))].join(' / ') || 'không ghi lý do';
}

/** Names the condition, and what stands now in the items it names. */
function notAskedText(checklist: Checklist, item: Item, traces: Traces): string {
  if (item.when === undefined) return 'Không thuộc diện hỏi';
  const named = new Set(itemsNamed(item.when));
  const now = items(checklist)
    .filter((each) => named.has(each.key))
    .map((each) => `“${each.text.vi}”: ${foundText(each, traces.get(each.key)!)}`)
    .join('; ');
  return `Không hỏi, vì chỉ hỏi khi ${conditionText(item.when, sourcesAt(checklist, item))}. Hiện nay ${now}`;
}

/** What a condition knows of an item. */
function foundText(item: Item, trace: Trace): string {
  const state = STATES[trace.state];
  if (state !== undefined) return state;
  if (trace.why === 'unanswered') return 'chưa trả lời';
  const { observed, total, value = null } = trace.inputs;
  if (observed !== undefined && total !== undefined) return ratioText(observed, total);
  if (item.answer.type === 'document') return value === 'shown' ? 'xuất trình được' : 'không xuất trình được';
  return answerText(item.answer, value);
}

function ruleText(item: Item, trace: Trace): string {
  const points = hundredthsText(item.points ?? 0);
  const { observed = 0, total = 0, rows, value, band } = trace.inputs;
  const rule: Partial<RuleTable> = typeof item.score === 'object' ? item.score : {};
  if (trace.why === 'zero_total') return ZERO_TOTAL[item.zero_total ?? 'not_applicable'];
  if (trace.why === 'share') return `Theo tỷ lệ: ${points} × ${observed}/${total}`;
  if (trace.why === 'no_band') return 'Không đạt mức nào: 0 điểm';
  if (trace.why === 'below_floor' && rule.proportional) {
    const floor = hundredthsText(rule.proportional.floor ?? 0);
    return `${percentText(observed, total)} thấp hơn mức sàn ${floor}%: 0 điểm`;
  }
  if (trace.why === 'band' && rule.bands && band !== undefined)
    return bandText(rule.bands[band]!, trace.inputs.total !== undefined);
  if (trace.why === 'deducted' && rule.deduct) {
    const found = hundredthsText(rows === undefined ? Number(value) : rows * 100);
    return `Trừ ${hundredthsText(rule.deduct.each)} điểm mỗi trường hợp, có ${found} trường hợp`;
  }
  return trace.why;
}

function bandText(band: Band, percent: boolean): string {
  const [sign, bound] = band.at_least === undefined ? ['≤', band.at_most ?? 0] : ['≥', band.at_least];
  return `Đạt mức ${sign} ${hundredthsText(Number(bound))}${percent ? '%' : ''}: ${hundredthsText(band.points)} điểm`;
}
