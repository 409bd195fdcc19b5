// A new version, beside a browser that hands over at once, late, or has done so already for another tab.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LiveUpdate } from '../../src/state/update.svelte.ts';

class Worker extends EventTarget {
  readonly said: unknown[] = [];
  postMessage(message: unknown): void {
    this.said.push(message);
  }
}

let waiting: Worker | null;
let edited: boolean;
let reloads: number;
let container: EventTarget & { controller?: object; register?: () => Promise<object> };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv('DEV', false);
  waiting = new Worker();
  edited = false;
  reloads = 0;
  const registration = Object.assign(new EventTarget(), { update: async () => {} });
  Object.defineProperty(registration, 'waiting', { get: () => waiting });
  container = Object.assign(new EventTarget(), { controller: {}, register: async () => registration });
  const locks = {
    request: async (_name: string, _how: object, work: (lock: object | null) => unknown) =>
      work(edited ? null : {}),
  };
  vi.stubGlobal('navigator', { serviceWorker: container, locks });
  vi.stubGlobal('location', { reload: () => (reloads += 1) });
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function offered(): Promise<LiveUpdate> {
  const update = new LiveUpdate(async () => {});
  await update.register();
  expect(update.available).toBe(true);
  return update;
}

function takesOver(): void {
  waiting = null;
  container.dispatchEvent(new Event('controllerchange'));
}

it('asks the waiting worker once and reloads when it has taken over', async () => {
  const update = await offered();
  const worker = waiting;
  const answer = update.apply();
  await vi.advanceTimersByTimeAsync(100);
  expect([worker?.said, reloads]).toEqual([['SKIP_WAITING'], 0]);
  takesOver();
  expect([await answer, reloads]).toEqual(['applied', 1]);
});

it('says so when the browser takes its time, and never reloads behind a visit opened since', async () => {
  const update = await offered();
  const answer = update.apply();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await answer).toBe('later');
  takesOver();
  edited = true;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(reloads).toBe(0);
  expect(await update.apply()).toBe('editing');
  edited = false;
  expect([await update.apply(), reloads]).toEqual(['applied', 1]);
});

it('lets a visit stand that was opened while the worker took over', async () => {
  const update = await offered();
  const answer = update.apply();
  await vi.advanceTimersByTimeAsync(100);
  edited = true;
  takesOver();
  expect([await answer, reloads]).toEqual(['editing', 0]);
});

it('only reloads where another tab has applied the version', async () => {
  const update = await offered();
  takesOver();
  expect([await update.apply(), reloads]).toEqual(['applied', 1]);
});

it('does nothing while a visit is open', async () => {
  const update = await offered();
  edited = true;
  expect([await update.apply(), waiting?.said, reloads]).toEqual(['editing', [], 0]);
});
