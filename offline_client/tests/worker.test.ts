// The service worker as built (`npm run build`), in a browser of maps: what it keeps, and what it refuses to keep.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';

const code = readFileSync(fileURLToPath(new URL('../dist/sw.js', import.meta.url)), 'utf8');
const PREFIX = 'congvu-field-';
const isPage = (url: string) => url.endsWith('/') || url.endsWith('.html');

/** Caches in the order they were made. */
const kept = new Map<string, Map<string, Response>>();
const caches = {
  open: async (name: string) => {
    const cache = kept.get(name) ?? new Map<string, Response>();
    kept.set(name, cache);
    return { put: async (url: string, response: Response) => cache.set(url, response) };
  },
  has: async (name: string) => kept.has(name),
  keys: async () => [...kept.keys()],
  delete: async (name: string) => kept.delete(name),
  match: async (url: string, { cacheName }: { cacheName: string }) => kept.get(cacheName)?.get(url)?.clone(),
};

/** What the server answers for a file. */
let answer: (url: string) => Response;

/** Starts the worker, as version `version` of itself, and lets an event happen to it. */
async function happens(type: 'install' | 'activate', version = 'now'): Promise<void> {
  const listeners = new Map<string, (event: object) => void>();
  const self = {
    addEventListener: (name: string, listener: (event: object) => void) => listeners.set(name, listener),
    clients: { claim: async () => {} },
    location: { origin: 'https://x' },
  };
  const text = code.replace(/(?<=\})[0-9a-f]{16}(?=`)/, version);
  new Function('self', 'caches', 'fetch', text)(self, caches, async (url: string) => answer(url));
  const waits: Promise<unknown>[] = [];
  listeners.get(type)?.({ waitUntil: (work: Promise<unknown>) => waits.push(work) });
  await Promise.all(waits);
}

async function update(version: string): Promise<void> {
  await happens('install', version);
  await happens('activate', version);
  await new Promise((done) => setTimeout(done, 2)); // the next one is later
}

beforeEach(() => {
  kept.clear();
  answer = (url) =>
    new Response('', { headers: { 'Content-Type': isPage(url) ? 'text/html; charset=utf-8' : 'text/x' } });
});

const versions = () => [...kept.keys()].map((name) => name.replace(PREFIX, ''));

test('a whole build is kept', async () => {
  await update('one');
  expect(versions()).toEqual(['one']);
  expect([...(kept.get(`${PREFIX}one`)?.keys() ?? [])]).toContain('/field/');
});

test.each([
  ['the page of another version under the name of a script', 200],
  ['nothing', 404],
])('a build of which one file is %s is not kept', async (_what, status) => {
  const whole = answer;
  answer = (url) =>
    url.includes('/assets/first-')
      ? new Response('', { status, headers: { 'Content-Type': 'text/html' } })
      : whole(url);
  await expect(happens('install')).rejects.toThrow('/field/assets/first-');
  expect(versions()).toEqual([]);
});

test('the version before is the one that was in use, not one that was only installed', async () => {
  await update('one');
  await update('two');
  expect(versions()).toEqual(['one', 'two']);
  await happens('install', 'three');
  await update('four');
  expect(versions()).toEqual(['two', 'four']);
});

test('the version in use stays when the server goes back to it and a file cannot be fetched again', async () => {
  await update('one');
  await happens('install', 'two');
  answer = () => new Response('', { status: 503 });
  await expect(happens('install', 'one')).rejects.toThrow('503');
  expect(versions()).toEqual(['one', 'two']);
  expect([...(kept.get(`${PREFIX}one`)?.keys() ?? [])]).toContain('/field/');
});
