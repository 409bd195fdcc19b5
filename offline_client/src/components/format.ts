// Numbers, dates and times as people here write them: decimal comma in Vietnamese, day before month.
import { language, t } from '../text/text.svelte.ts';

const pad = (n: number): string => String(n).padStart(2, '0');
const grouped = (digits: string): string =>
  digits.replace(/\B(?=(\d{3})+(?!\d))/g, language() === 'vi' ? '.' : ',');

/** Whole hundredths as a decimal without needless zeros: 750 is "7,5". */
export function hundredths(value: number): string {
  const sign = value < 0 ? '-' : '';
  const size = Math.abs(value);
  const decimals = pad(size % 100).replace(/0+$/, '');
  const point = language() === 'vi' ? ',' : '.';
  return sign + grouped(String(Math.floor(size / 100))) + (decimals ? point + decimals : '');
}

export function whole(value: number): string {
  return (value < 0 ? '-' : '') + grouped(String(Math.abs(value)));
}

/** Basis points as a percentage: 9799 is "97,99%". */
export function percent(basisPoints: number): string {
  return `${hundredths(basisPoints)}%`;
}

/** Observed of total in basis points, half up; null when there is nothing to divide by. */
export function shareOf(observed: number, total: number): number | null {
  return total > 0 ? Math.floor((20000 * observed + total) / (2 * total)) : null;
}

/** An exact fraction of hundredths, rounded half up for display only. */
export function fraction(value: { readonly n: bigint; readonly d: bigint }): string {
  return hundredths(Number((2n * value.n + value.d) / (2n * value.d)));
}

export function clock(at: Date): string {
  return `${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** ISO date as day/month/year. */
export function day(iso: string): string {
  const [year, month, date] = iso.split('-');
  return year && month && date ? `${date}/${month}/${year}` : iso;
}

export function isoDay(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** Local date and time to the minute, as the minutes record it. */
export function isoMinute(at: Date): string {
  return `${isoDay(at)}T${clock(at)}`;
}

/** ISO local date and time as people read it. */
export function dayAndClock(iso: string): string {
  const [date = '', time = ''] = iso.split('T');
  return time ? `${time.slice(0, 5)}, ${day(date)}` : day(date);
}

/** The clock alone for today, with the day otherwise. */
export function moment(at: Date, now: Date = new Date()): string {
  return isoDay(at) === isoDay(now) ? clock(at) : `${clock(at)} ${day(isoDay(at)).slice(0, 5)}`;
}

export function weekday(iso: string): string {
  const at = new Date(`${iso}T12:00`);
  return Number.isNaN(at.getTime())
    ? ''
    : at.toLocaleDateString(language() === 'vi' ? 'vi-VN' : 'en-GB', { weekday: 'long' });
}

export function bytes(size: number): string {
  if (size >= 1e9) return `${hundredths(Math.round(size / 1e8) * 10)} GB`;
  return size >= 1e6 ? `${whole(Math.round(size / 1e6))} MB` : `${whole(Math.ceil(size / 1e3))} kB`;
}

/** "8/9 (88,89%)". */
export function ratio(observed: number, total: number): string {
  const share = shareOf(observed, total);
  const counts = t('ratio.of', { observed: whole(observed), total: whole(total) });
  return share === null ? counts : `${counts} (${percent(share)})`;
}
