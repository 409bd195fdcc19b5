// Answers in words, as Vietnamese documents print them: `9/9 (100%)`, `2,5`, `Có`.
// Twin of app/domain/answer_text.py.
import { isTable } from './answers.ts';
import type { Typed } from './checklist.ts';
import type { Json } from './wire.ts';

/** Writes hundredths in Vietnamese notation: 750 gives `7,5`, 123456 gives `1.234,56`. */
export function hundredthsText(value: number): string {
  const [whole, rest] = [Math.floor(Math.abs(value) / 100), Math.abs(value) % 100];
  const grouped = String(whole).replace(/\B(?=(?:[0-9]{3})+$)/g, '.');
  const decimals = String(rest).padStart(2, '0').replace(/0+$/, '');
  return `${value < 0 ? '-' : ''}${grouped}${decimals === '' ? '' : `,${decimals}`}`;
}

/** Writes a share in percent, at most two decimals, rounded half up. `total` must be positive. */
export function percentText(observed: number, total: number): string {
  const [n, d] = [BigInt(observed), BigInt(total)];
  return `${hundredthsText(Number((20_000n * n + d) / (2n * d)))}%`;
}

/** Writes `8/9 (88,89%)`; with nothing to count, only `0/0`. */
export function ratioText(observed: number, total: number): string {
  const counted = `${hundredthsText(observed * 100)}/${hundredthsText(total * 100)}`;
  return total > 0 ? `${counted} (${percentText(observed, total)})` : counted;
}

/** Writes one answer; a number with its unit. */
export function answerText(spec: Typed, value: Json): string {
  if (value === null) return 'chưa trả lời';
  if (spec.type === 'yes_no') return value === 'yes' ? 'Có' : value === 'no' ? 'Không' : String(value);
  if (spec.type === 'choice') return optionText(spec.choices, value);
  if (spec.type === 'choices' && Array.isArray(value)) {
    return value.map((each) => optionText(spec.choices, each)).join('; ') || 'không chọn mục nào';
  }
  if (spec.type === 'ratio' && isTable(value)) {
    const { observed, total } = value;
    if (typeof observed === 'number' && typeof total === 'number') return ratioText(observed, total);
  }
  if (spec.type === 'number' && typeof value === 'number') return `${hundredthsText(value)} ${spec.unit.vi}`;
  if (spec.type === 'date' && typeof value === 'string') return dayText(value);
  if (spec.type === 'document' && isTable(value)) return documentText(value);
  if (spec.type === 'roster' && value === 'none') return 'không có';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function optionText(choices: readonly { key: string; text: { vi: string } }[], key: Json): string {
  return choices.find((option) => option.key === key)?.text.vi ?? String(key);
}

function dayText(day: string): string {
  return day.split('-').reverse().join('/');
}

function documentText(value: { readonly [key: string]: Json }): string {
  if (value.shown === false) return 'không xuất trình';
  const parts = [String(value.kind || 'văn bản')];
  if (value.number) parts.push(`số ${value.number}`);
  if (typeof value.issued_on === 'string' && value.issued_on !== '')
    parts.push(`ngày ${dayText(value.issued_on)}`);
  if (value.signer) parts.push(`do ${value.signer} ký`);
  return parts.join(' ');
}
