// The device's clock, written and read: evidence only (docs/sync.md), the server's clock says when something came.

/** Local time with its offset, as the person's own watch would say. */
export function wallClock(now: Date): string {
  const offset = -now.getTimezoneOffset();
  const two = (n: number) => String(Math.abs(n)).padStart(2, '0');
  const local = new Date(now.getTime() + offset * 60_000).toISOString().slice(0, 23);
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}

/** What a device's clock wrote, or null when that is no time. */
export function dateOf(wall: string): Date | null {
  const date = new Date(wall);
  return Number.isNaN(date.getTime()) ? null : date;
}
