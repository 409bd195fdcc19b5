// Work nobody waits for: reading again what the store has, remembering what the next start will want.

/** After a failed reading: the store may be back when iOS has restarted its database process. */
const AGAIN_MS = 2_000;
const TRIES = 10;

/**
 * Runs `work` and, when the store fails it, again a little later, so that a screen never stays behind
 * the store until the next news. Ends when `over` says so, and gives up after about twenty seconds:
 * by then the store itself is lost, and the guardian tells.
 */
export function inBackground(work: () => Promise<unknown>, over: () => boolean = () => false): void {
  const attempt = (left: number): void => {
    work().catch(() => {
      if (left > 1 && !over()) setTimeout(() => over() || attempt(left - 1), AGAIN_MS);
    });
  };
  attempt(TRIES);
}
