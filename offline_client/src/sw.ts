// The service worker: precaches the whole build, answers every navigation below /field/ with
// the cached shell (and the recovery page with its own), never touches /api/, and takes over from
// an older worker only when the person taps "update" (the page posts SKIP_WAITING), because an open
// editor must not meet assets of another version. The files of the version before are kept for one
// more version: a page of that version may still be open in another tab. It imports nothing: a classic worker cannot load shared chunks.
export type {};

declare const self: ServiceWorkerGlobalScope;

const PREFIX = 'congvu-field-';
const CACHE = `${PREFIX}__VERSION__`;
const SHELL = '/field/';
const RECOVERY = '/field/recovery.html';
/** A page of the desk's editor: no phone has it, and it needs the network. */
const PREVIEW = '/field/preview';
const ASSETS = '/field/assets/';
const FILES: readonly string[] = JSON.parse('__PRECACHE__');
const LISTED = new Set(FILES);

/** What Chromium offers beyond the types known here: paths that never wake this worker. */
interface InstallEvent extends ExtendableEvent {
  addRoutes?(rule: { condition: { urlPattern: { pathname: string } }; source: 'network' }): Promise<void>;
}

self.addEventListener('install', (event: InstallEvent) => {
  if (event.addRoutes)
    event.waitUntil(
      event
        .addRoutes({ condition: { urlPattern: { pathname: '/api/*' } }, source: 'network' })
        .catch(() => {}),
    );
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((url) => new Request(url, { cache: 'reload' })))),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => {
        const others = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
        // In order of creation: the last one is the version before.
        return Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
      })
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'SKIP_WAITING') void self.skipWaiting();
  if (event.data === 'FILES_HERE') event.waitUntil(tellMissing(event.ports[0]));
});

/** How many files of this version the cache lacks: the page says "ready" only after this answer. */
async function tellMissing(port: MessagePort | undefined): Promise<void> {
  const kept = await caches.open(CACHE).then((cache) => cache.keys());
  const here = new Set(kept.map(({ url }) => new URL(url).pathname));
  port?.postMessage({ missing: FILES.filter((file) => !here.has(file)).length });
}

async function fromCache(key: string, request: Request): Promise<Response> {
  const cached = await caches.match(key, { cacheName: CACHE });
  return cached ?? fetch(request);
}

/** A file of a version before, for a page that was loaded with it. */
async function fromAnyCache(request: Request): Promise<Response> {
  return (await caches.match(request.url)) ?? fetch(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (!url.pathname.startsWith(SHELL) || url.pathname === PREVIEW) return;
  const rescue = url.pathname === '/field/recovery' || url.pathname === RECOVERY;
  if (request.mode === 'navigate') event.respondWith(fromCache(rescue ? RECOVERY : SHELL, request));
  else if (LISTED.has(url.pathname)) event.respondWith(fromCache(url.pathname, request));
  else if (url.pathname.startsWith(ASSETS)) event.respondWith(fromAnyCache(request));
});
