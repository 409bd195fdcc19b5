// How long what the server told for a day without a network is taken for what it would tell now.
const FRESH_MS = 6 * 3_600_000;

/** `at`: when it was fetched, on this phone's clock. A clock that was set back makes nothing fresh. */
export function isFresh({ at }: { readonly at: number }, now: number): boolean {
  return at <= now && now - at < FRESH_MS;
}
