// The service worker: precaches the whole build, answers every navigation below /field/ with
// the cached shell, never touches /api/, and takes over from an older worker only when the
// person taps "update" (the page posts SKIP_WAITING), because an open editor must not meet
// assets of another version. It imports nothing: a classic worker cannot load shared chunks.
export type {};

declare const self: ServiceWorkerGlobalScope;

const PREFIX = 'congvu-field-';
const CACHE = `${PREFIX}__VERSION__`;
const SHELL = '/field/';
const FILES: readonly string[] = JSON.parse('__PRECACHE__');
const LISTED = new Set(FILES);

self.addEventListener('install', (event) => {
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
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith(PREFIX) && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'SKIP_WAITING') void self.skipWaiting();
});

async function fromCache(key: string, request: Request): Promise<Response> {
  const cached = await caches.match(key, { cacheName: CACHE });
  return cached ?? fetch(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (!url.pathname.startsWith(SHELL)) return;
  if (request.mode === 'navigate') event.respondWith(fromCache(SHELL, request));
  else if (LISTED.has(url.pathname)) event.respondWith(fromCache(url.pathname, request));
});
