// Whether every file of this version is on the phone. Only the service worker knows which files those are, so it is
// asked, and it looks into its cache each time.
const ANSWER_MS = 3_000;

/** Null where nobody can tell: no worker yet, or one of an older version. */
export async function appFilesHere(
  worker: ServiceWorker | null = typeof navigator === 'undefined'
    ? null
    : (navigator.serviceWorker?.controller ?? null),
): Promise<boolean | null> {
  if (!worker || typeof MessageChannel === 'undefined') return null;
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const over = (here: boolean | null) => {
      clearTimeout(timer);
      port1.close();
      done(here);
    };
    const timer = setTimeout(() => over(null), ANSWER_MS);
    port1.onmessage = ({ data }) =>
      over(typeof data?.missing === 'number' ? (data.missing as number) === 0 : null);
    worker.postMessage('FILES_HERE', [port2]);
  });
}
