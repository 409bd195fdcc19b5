// The service worker: precaches the whole build, answers every navigation below /field/ with
// the cached shell (and the recovery page with its own), never touches /api/, and takes over from
// an older worker only when the person taps "update" (the page posts SKIP_WAITING), because an open
// editor must not meet assets of another version. The files of the version that was in use before are kept for one
// more version: a page of that version may still be open in another tab. It imports nothing: a classic worker cannot load shared chunks.
export type {};

declare const self: ServiceWorkerGlobalScope;

const PREFIX = 'congvu-field-';
const CACHE = `${PREFIX}__VERSION__`;
/** In a cache: since when its version has been in use. One that was only installed is nobody's version before. */
const USED = '/field/used';
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
  event.waitUntil(precache());
});

/** All files or none; a version that is here already, perhaps in use, stays what it was. */
async function precache(): Promise<void> {
  const had = await caches.has(CACHE);
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(FILES.map(async (url) => cache.put(url, await fetched(url))));
  } catch (error) {
    if (!had) await caches.delete(CACHE);
    throw error;
  }
}

/** A page under the name of a script, as another server may answer during an update, would keep the app from starting. */
async function fetched(url: string): Promise<Response> {
  const response = await fetch(url, { cache: 'reload' });
  const isPage = response.headers.get('Content-Type')?.startsWith('text/html') ?? false;
  if (!response.ok || isPage !== /(\/|\.html)$/.test(url)) throw new Error(`${url}: ${response.status}`);
  return response;
}

self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver().then(() => self.clients.claim()));
});

/** Keeps the version that was in use before, and no other. */
async function takeOver(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  const since = await Promise.all(others.map(usedSince));
  const last = Math.max(0, ...since);
  // Versions of before this mark do not tell which was in use: they stay until the next update.
  if (last > 0)
    await Promise.all(others.filter((_, index) => since[index] !== last).map((name) => caches.delete(name)));
  await (await caches.open(CACHE)).put(USED, new Response(String(Date.now())));
}

async function usedSince(name: string): Promise<number> {
  const mark = await caches.match(USED, { cacheName: name });
  return mark ? Number(await mark.text()) : 0;
}

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
