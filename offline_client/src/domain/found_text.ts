// What was found for an item, and what was drawn by lot for it, as the minutes print it.
// Twin of `_found` in app/domain/conclusions.py and of app/domain/sampling_text.py; held to tests/vectors/conclusions/.
import { answerText, hundredthsText, ratioText } from './answer_text.ts';
import { type ItemAnswer, isTable } from './answers.ts';
import type { Item, SamplePart } from './checklist.ts';
import { confidenceOf, type Estimate } from './sampling.ts';
import { estimateOf, type Trace } from './scoring.ts';

/** How anybody repeats a draw; printed below the seeds. */
export const REPEATING =
  'Cách rút lại: đánh số danh sách từ 1. Với k = 0, 1, 2…, lấy 13 chữ số thập lục phân đầu của ' +
  'SHA-256(“congvu-mau-1|mã rút|k”) thành một số, bỏ qua nếu không nhỏ hơn bội lớn nhất của tổng số không quá 2^52, ' +
  'chia cho tổng số lấy số dư rồi cộng 1; số đã rút thì bỏ qua, đến khi đủ.';

/** Writes what was found: `470/500 (94%)`, `không áp dụng: …`, `3 dòng`. */
export function foundText(item: Item, trace: Trace, answer: ItemAnswer): string {
  if (trace.state === 'not_asked') return 'không hỏi';
  if (trace.why === 'not_applicable') {
    const reason = isTable(answer.na.value) ? answer.na.value.reason : undefined;
    return `không áp dụng: ${String(reason ?? '')}`;
  }
  const { value } = answer;
  if (value.contested)
    return value.candidates.map((each) => answerText(item.answer, each.value)).join(' hoặc ');
  const drawn = sampleText(item, trace);
  if (drawn !== null) return drawn;
  const { observed, total } = trace.inputs;
  if (observed !== undefined && total !== undefined) return ratioText(observed, total);
  if (item.answer.type === 'roster' && answer.rows.length > 0) return `${answer.rows.length} dòng`;
  return answerText(item.answer, value.value);
}

/** What was drawn for an item, so that the unit can repeat it; one line for each draw that stands. */
export function drawLines(item: Item, answer: ItemAnswer): readonly string[] {
  const plan = planOf(item);
  if (plan === null) return [];
  return answer.sample.candidates.flatMap(({ value }) =>
    isTable(value)
      ? [
          `${item.text.vi}: rút ${value.size} trong ${whole(Number(value.frame))} (${plan.frame.vi}), mã rút ${value.seed}`,
        ]
      : [],
  );
}

/** Writes `26/30 (86,67%) của mẫu rút từ 212; cả kỳ từ 71,69% đến 94,35%`; null if nothing was drawn. */
function sampleText(item: Item, trace: Trace): string | null {
  const [found, plan] = [estimateOf(item, trace), planOf(item)];
  if (plan === null) return null;
  const { size, frame } = trace.inputs;
  if (found === null)
    return size === undefined ? null : `đã rút ${size} từ ${whole(frame ?? 0)}, chưa có kết quả`;
  const told = ratioText(found.observed, found.total);
  if (found.whole) return `${told}, đã xem toàn bộ ${whole(found.frame)}`;
  const sampled = `${told} của mẫu rút từ ${whole(found.frame)}; ${intervalText(plan, found)}`;
  return found.tooSmall ? `${sampled}; mẫu quá ít để kết luận cho cả kỳ` : sampled;
}

function intervalText(plan: SamplePart, found: Estimate): string {
  const [low, high, confidence] = [found.low, found.high, confidenceOf(plan)].map(hundredthsText);
  return `cả kỳ từ ${low}% đến ${high}% (độ tin cậy ${confidence}%)`;
}

function planOf(item: Item): SamplePart | null {
  return (item.answer.type === 'roster' && item.answer.sample) || null;
}

function whole(count: number): string {
  return hundredthsText(count * 100);
}
