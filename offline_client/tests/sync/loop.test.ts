// When to sync what, with a clock and timers of our own.
import { beforeEach, describe, expect, test } from 'vitest';
import { incidentsWaiting } from '../../src/store/incidents.ts';
import { readMeta, storedVisits } from '../../src/store/manifest.ts';
import type { VisitRow } from '../../src/store/rows.ts';
import { noteIncident } from '../../src/sync/incidents.ts';
import { type LoopListener, SyncLoop } from '../../src/sync/loop.ts';
import type { Failure, FailureKind } from '../../src/sync/step.ts';
import { countedId, Phone } from '../simulation/phone.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';

const CHECKLIST = '{"slug":"thu"}';
let server: SimulatedServer;
let phone: Phone;
let now: number;
let timer: { ms: number; work: () => void } | null;
/** All that were set and neither ended nor taken back. */
let timers: Set<object>;
let random: number;
let mayPhotos: boolean;
let visible: boolean;
let failures: (Failure | null)[];
let rests: (FailureKind | null)[];
/** What the listener heard, but for failures. */
let heard: unknown[][];
/** The requests with what they ask. */
let asked: string[];
let loop: SyncLoop;

beforeEach(() => {
  server = new SimulatedServer();
  server.checklists.set(hex(CHECKLIST), CHECKLIST);
  phone = new Phone(server);
  now = 1_000_000;
  timer = null;
  timers = new Set();
  random = 1;
  failures = [];
  rests = [];
  heard = [];
  asked = [];
  const { fetch } = server;
  server.fetch = (input, init) => {
    asked.push(String(input).replace(/.*\/v1/, ''));
    return fetch(input, init);
  };
  mayPhotos = true;
  visible = false;
  const listener: LoopListener = {
    busy: (...told) => heard.push(['busy', ...told]),
    failed: (failure) => failures.push(failure),
    manifest: () => heard.push(['manifest']),
    visit: (...told) => heard.push(['visit', ...told]),
    photos: (...told) => heard.push(['photos', ...told]),
    sendingPhoto: (...told) => heard.push(['sendingPhoto', ...told]),
    photosRest: (why) => rests.push(why),
    contact: (...told) => heard.push(['contact', ...told]),
    told: () => heard.push(['told']),
  };
  loop = new SyncLoop(
    {
      ...phone.ports,
      api: phone.api,
      now: () => now,
      mayPhotos: async () => mayPhotos,
      visible: () => visible,
      uncovered: (...told) => heard.push(['uncovered', ...told]),
      random: () => random,
      exclusive: (work) => work(),
      after: (ms, work) => {
        const set = { ms, work };
        timer = set;
        timers.add(set);
        return () => {
          timers.delete(set);
          if (timer === set) timer = null;
        };
      },
    },
    listener,
  );
});

const paths = () => server.requests.map((request) => request.replace(/.*\/v1/, '').replace(VISIT, 'v'));

/** A photo with the operation that names it. */
async function tookPhoto(n = 0) {
  const bytes = new Uint8Array([1, 2, n]);
  const photo = { visit: VISIT, sha256: hex(bytes), size: 3 };
  const op = await phone.write(`photo/00000000-0000-4000-8000-00000000000${n}`, null);
  const row = await phone.database.ops.get(op);
  const body = JSON.stringify({ ...JSON.parse(row?.body ?? ''), kind: 'attach', val: photo });
  await phone.database.ops.put({ ...row!, body, bh: hex(body) });
  await phone.database.blobs.put({ ...photo, mime: 'image/jpeg', bytes: bytes.buffer });
  await phone.database.uploads.put({ ...photo, url: null, present: 0, refused: null });
  return photo;
}

/** What the listener heard of one kind. */
const told = (kind: string) => heard.filter(([each]) => each === kind).map(([, ...rest]) => rest);

const empty = (): typeof server.log => ({ entries: [], writers: new Map(), slots: new Map() });

async function started(): Promise<void> {
  loop.start();
  await loop.now();
  server.requests.length = 0;
  asked.length = 0;
  heard.length = 0;
}

/** So long later everything is tried at once. */
async function later(ms = 20_000): Promise<void> {
  now += ms;
  await loop.now();
}

/** Somebody else has answered, and it is in the log at once. */
function othersAnswer(path: string): void {
  const body = { v: 1, op: countedId(), visit: VISIT, chk: 'a'.repeat(64), kind: 'set', path, val: 'yes' };
  const rest = { par: [], user: 'user-b', dev: 'device', t: { wall: '2026-11-22T10:11:12.345+07:00' } };
  const text = JSON.stringify({ ...body, ...rest, app: '0.1.0' });
  server.append(countedId(), 1, body.op, text, 'user-b');
}

describe('what is asked', () => {
  test('in a new epoch, once, which of the sent photos the server still has', async () => {
    await started();
    const row = { visit: VISIT, sha256: 'a'.repeat(64), size: 3, url: null, refused: null };
    await phone.database.uploads.put({ ...row, present: 1 });
    server.receipts = () => [];
    await loop.now();
    expect((await phone.database.uploads.toArray())[0]?.present).toBe(1);
    server.epoch = 'epoch-2';
    await loop.now();
    expect((await phone.database.uploads.toArray())[0]?.present).toBe(0);
    await phone.database.uploads.put({ ...row, present: 1 });
    await loop.now();
    expect((await phone.database.uploads.toArray())[0]?.present).toBe(1);
  });

  test('in a new epoch a removed member gives everything of his again, in order', async () => {
    const ops = [await phone.write('item/a', 'yes')];
    await started();
    const backup = { entries: [], writers: new Map(), slots: new Map() };
    server.removed.add('user-a');
    ops.push(await phone.write('item/b', 'no'));
    await loop.now();
    server.log = backup;
    server.epoch = 'epoch-2';
    loop.follow(VISIT);
    for (let i = 0; i < 3; i += 1) await loop.now();
    expect(server.log.entries.map((entry) => entry.op)).toEqual(ops);
    expect(await phone.waiting()).toEqual([]);
  });

  describe('of who has left, when the server went back without a word', () => {
    const NONE = () => ({
      entries: [],
      writers: new Map<string, number>(),
      slots: new Map<string, string>(),
    });
    let ops: string[];
    let before: typeof server.log;

    beforeEach(async () => {
      ops = [await phone.write('item/a', 'yes')];
      await started();
      before = server.backup();
      server.removed.add('user-a');
      ops.push(await phone.write('item/b', 'no'));
      await later();
      expect(server.log.entries.map((entry) => entry.op)).toEqual(ops);
      server.requests.length = 0;
    });

    test.each([
      ['the last of his entries', () => before],
      ['all of them', NONE],
    ])('%s is given again', async (_what, log) => {
      server.log = log();
      await later();
      await later();
      expect(server.log.entries.map((entry) => entry.op)).toEqual(ops);
      expect(await phone.waiting()).toEqual([]);
      expect(phone.incidents).toEqual(['history_diverged']);
      server.requests.length = 0;
      await later();
      await later();
      expect(paths()).toEqual(['/manifest', '/manifest']);
    });

    test('a list that was made before his last entry was stored is asked about, and takes nothing away', async () => {
      server.after = (_method, path, reply) => {
        const own = (reply.body as { own?: { [visit: string]: { n: number } } }).own?.[VISIT];
        if (path.endsWith('/manifest') && own) own.n -= 1;
        return reply;
      };
      server.safeN = 1; // so that the list is told anew
      await later();
      expect(paths()).toEqual(['/manifest', '/visits/v/log']);
      expect([phone.incidents, await phone.logged()]).toEqual([[], ops.slice(0, 1)]);
    });

    test('a server that does not tell of his entries is not asked', async () => {
      server.after = (_method, _path, reply) => {
        delete (reply.body as { own?: object }).own;
        return reply;
      };
      server.log = NONE();
      await later();
      expect(paths()).toEqual(['/manifest']);
    });
  });

  test('where the history was not ours, which of the sent photos the server still has, until it answers', async () => {
    await phone.write('item/a', 'yes');
    await started();
    const row = { visit: VISIT, sha256: 'a'.repeat(64), size: 3, url: null, refused: null };
    await phone.database.uploads.put({ ...row, present: 1 });
    server.log = { entries: [], writers: new Map(), slots: new Map() }; // restored without a word: the same epoch
    server.receipts = () => [];
    server.before = (method, path) =>
      method === 'GET' && path.endsWith('/blobs') ? { status: 503, body: { code: 'BUSY' } } : undefined;
    loop.follow(VISIT);
    await loop.now();
    expect((await phone.database.uploads.toArray())[0]?.present).toBe(1);
    server.before = () => undefined;
    await loop.now();
    expect((await phone.database.uploads.toArray())[0]?.present).toBe(0);
  });

  test('a visit that refuses to tell its photos is not asked for ever', async () => {
    await phone.write('item/a', 'yes');
    await started();
    const row = { visit: VISIT, sha256: 'a'.repeat(64), size: 3, url: null, refused: null };
    await phone.database.uploads.put({ ...row, present: 1 });
    server.epoch = 'epoch-2';
    server.before = (method, path) =>
      method === 'GET' && path.endsWith('/blobs')
        ? { status: 404, body: { code: 'NO_SUCH_VISIT', message: '', details: {} } }
        : undefined;
    for (let i = 0; i < 3; i += 1) {
      now += 20_000;
      await loop.now();
    }
    // Once for the new epoch, and once as every ten minutes.
    expect(paths().filter((path) => path === '/visits/v/blobs')).toHaveLength(2);
    server.requests.length = 0;
    now += 20_000;
    await loop.now();
    expect(paths()).toEqual(['/manifest']);
  });

  describe('of a visit the server does not know any more', () => {
    const asked = () => paths().filter((path) => path.endsWith('/log') || path.endsWith('/push')).length;
    const unknown = { status: 404, body: { code: 'NO_SUCH_VISIT', message: '', details: {} } };
    /** What the timer does by itself for so long, nobody touching the phone. */
    const idle = async (ms: number) => {
      const until = now + ms;
      while (timer && now + timer.ms <= until) {
        now += timer.ms;
        const { work } = timer;
        timer = null;
        work();
        await expect.poll(() => timer, { interval: 1 }).not.toBeNull();
      }
      now = until;
    };
    /** The server was restored to before the visit was planned. */
    const forgotten = async () => {
      await phone.write('item/a', 'yes');
      await started();
      server.log = { entries: [], writers: new Map(), slots: new Map() };
      server.epoch = 'epoch-2';
      server.before = (_method, path) => (path.includes('/visits/') ? unknown : undefined);
      server.planned = false;
      await idle(20_000);
      server.requests.length = 0;
    };

    test('less and less, and all is given again when it is back', async () => {
      await forgotten();
      await idle(3_600_000);
      expect(asked()).toBeGreaterThanOrEqual(5);
      expect(asked()).toBeLessThanOrEqual(9);
      server.requests.length = 0;
      await idle(3_600_000);
      expect(asked()).toBeGreaterThanOrEqual(1);
      expect(asked()).toBeLessThanOrEqual(2);
      expect(failures.at(-1)).toBeNull();
      server.before = () => undefined;
      server.planned = true;
      await idle(40_000);
      expect(server.log.entries).toHaveLength(1);
      expect(await phone.waiting()).toEqual([]);
    });

    test('at once in another epoch, or when a person wants it', async () => {
      await forgotten();
      await idle(3_600_000);
      server.requests.length = 0;
      server.epoch = 'epoch-3';
      await idle(20_000);
      expect(asked()).toBe(1);
      await idle(20_000);
      expect(asked()).toBe(1);
      await loop.now();
      expect(asked()).toBe(2);
    });

    test('although it is on the screen, and others go on as before', async () => {
      await forgotten();
      visible = true;
      loop.follow(VISIT);
      await expect.poll(() => timer?.ms).toBe(5_000);
      await idle(3_600_000);
      expect(asked()).toBeLessThanOrEqual(11);
      expect([timer?.ms, failures.at(-1)]).toEqual([5_000, null]);
    });
  });

  test('the first time: the manifest, the checklist (verified), and nothing else', async () => {
    loop.start();
    await loop.now();
    expect(paths()[0]).toBe('/manifest');
    expect(paths()).toContain(`/checklists/${hex(CHECKLIST)}`);
    expect((await storedVisits(phone.database)).visits).toHaveLength(1);
    expect(await readMeta(phone.database, `confirmed/${VISIT}`)).toBe(now);
  });

  test('a checklist whose bytes do not have the promised hash is not kept', async () => {
    server.checklists.set(hex(CHECKLIST), '{"slug":"forged"}');
    loop.start();
    await loop.now();
    expect(failures.at(-1)).toEqual({ kind: 'server' });
    expect(await phone.database.checklists.count()).toBe(0);
  });

  test('with nothing new: one small request for all visits', async () => {
    await started();
    now += 20_000;
    await loop.now();
    expect(paths()).toEqual(['/manifest']);
  });

  test('an open visit is pulled every five seconds, without the manifest', async () => {
    await started();
    loop.follow(VISIT);
    await loop.now();
    expect(timer?.ms).toBe(5_000);
    server.requests.length = 0;
    now += 5_000;
    await loop.now();
    expect(paths()).toEqual(['/visits/v/log']);
    loop.follow(null);
    await loop.now();
    expect(timer?.ms).toBe(20_000);
  });

  test('a clock that is set back puts the list off by nothing', async () => {
    await started();
    loop.follow(VISIT);
    await loop.now();
    server.requests.length = 0;
    now -= 86_400_000;
    await loop.now();
    expect(paths()).toEqual(['/manifest', '/visits/v/log']);
  });

  test('a clock that is set back while a request waits for news puts the next one off by nothing', async () => {
    await started();
    loop.follow(VISIT);
    visible = true;
    server.after = (_method, path, reply) => {
      if (path.endsWith('/log')) now -= 86_400_000;
      return reply;
    };
    await loop.now();
    await expect.poll(() => timer?.ms).toBe(5_000);
  });

  test('an incident is told with another visit where the server does not know its own', async () => {
    await started();
    await phone.database.visits.put({ id: 'gone', order: -1, gone: true } as VisitRow);
    const { database, ports } = phone;
    await noteIncident({ database, freshId: ports.freshId, now: () => now }, 'rewrapped', { visit: 'gone' });
    server.before = (_method, path) =>
      path.includes('/gone/') ? { status: 404, body: { code: 'NO_SUCH_VISIT' } } : undefined;
    await loop.now();
    expect(server.heard).toEqual([]);
    now += 5_000;
    timer!.work();
    await expect.poll(() => server.heard.flat().map(({ kind }) => kind)).toEqual(['rewrapped']);
    await expect.poll(() => incidentsWaiting(database)).toEqual([]);
    expect(failures).not.toContainEqual(expect.objectContaining({ kind: 'no_such_visit' }));
  });

  test('nothing but to wait for news, again and again, while there is none', async () => {
    await started();
    visible = true;
    server.after = (_method, path, reply) => {
      if (path.endsWith('/log')) now += 25_000;
      return reply;
    };
    loop.follow(VISIT);
    await expect.poll(() => timer?.ms).toBe(0);
    server.requests.length = 0;
    for (let turn = 0; turn < 4; turn += 1) {
      const { work } = timer!;
      timer = null;
      work();
      await expect.poll(() => timer?.ms).toBe(0);
    }
    expect(paths().filter((path) => path !== '/manifest')).toEqual(Array(4).fill('/visits/v/log'));
  });

  test('again, as after any failure, when a request that waits is never answered', async () => {
    await started();
    visible = true;
    const { fetch } = server;
    const silent = (_reason: unknown, init: RequestInit = {}) =>
      new Promise<Response>((_done, fail) => {
        init.signal?.addEventListener('abort', () => fail(new DOMException('', 'AbortError')));
      });
    server.fetch = (input, init) => (String(input).includes('wait=') ? silent : fetch)(input, init);
    loop.follow(VISIT);
    await expect.poll(() => timer?.ms).toBe(45_000);
    timer!.work();
    await expect.poll(() => failures.at(-1)).toEqual({ kind: 'offline' });
    await expect.poll(() => timer?.ms).toBe(2_000);
    server.requests.length = 0;
    timer!.work();
    await expect.poll(() => timer?.ms).toBe(45_000);
    expect(failures.at(-1)).toBeNull();
    expect(paths()).toEqual(['/visits/v/log']);
  });

  test('receipts every ten minutes, and when the off-site backup has grown, while a photo is missing there', async () => {
    const photo = {
      visit: VISIT,
      sha256: 'a'.repeat(64),
      size: 3,
      url: null,
      present: 1,
      refused: null,
    } as const;
    await started();
    await phone.database.uploads.put(photo);
    const asked = () => paths().filter((path) => path === '/visits/v/blobs').length;
    server.receipts = () => [{ sha256: photo.sha256, size: 3, at: 0, safe: false, sig: '' }];
    await later(20_000);
    await later(20_000);
    expect(asked()).toBe(1);
    server.safeN = 1;
    await later(20_000);
    await later(20_000);
    expect(asked()).toBe(2);
    await later(600_000);
    expect(asked()).toBe(3);
    await phone.database.uploads.put({ ...photo, safe: 1 });
    await later(600_000);
    expect(asked()).toBe(3);
  });

  test('a photo that the server holds no more is sent again, also when its log and epoch are as they were', async () => {
    await started();
    const { sha256 } = await tookPhoto();
    await loop.now();
    expect([...server.blobs.keys()]).toEqual([sha256]);
    server.blobs.clear(); // its files are of an older backup than its database
    now += 600_000;
    await loop.now();
    await loop.now();
    expect([...server.blobs.keys()]).toEqual([sha256]);
    server.receipts = () => [{ sha256, size: 3, at: 0, safe: false, sig: '' }];
    server.requests.length = 0;
    now += 600_000;
    await loop.now();
    await loop.now();
    expect(paths().filter((path) => path.includes('/blobs'))).toEqual(['/visits/v/blobs']);
  });

  test.each([
    [429, 3_600, 300_000, 'limit'],
    [503, 30, 30_000, 'busy'],
    [500, 0, 2_000, 'server'],
  ] as const)(
    'photos refused with %i rest alone: answers go at once',
    async (status, retryAfter, rest, why) => {
      await started();
      await tookPhoto();
      server.before = (method, path) =>
        method === 'POST' && path.endsWith('/blobs')
          ? {
              status: 299,
              body: new Response('{}', {
                status,
                headers: retryAfter ? { 'Retry-After': `${retryAfter}` } : {},
              }),
            }
          : undefined;
      const tried = () => paths().filter((path) => path === '/visits/v/blobs').length;
      await loop.now();
      expect([tried(), failures.at(-1), timer?.ms]).toEqual([1, null, 20_000]);
      expect(rests).toEqual([why]);
      const answer = await phone.write('item/a', 'yes');
      loop.poke();
      await expect.poll(() => server.log.entries.some(({ op }) => op === answer)).toBe(true);
      await expect.poll(() => timer?.ms).toBe(20_000);
      expect(tried()).toBe(1);
      expect(rests).toEqual([why]); // nothing has gone since
      server.before = () => undefined;
      now += rest;
      timer?.work();
      await expect.poll(() => server.blobs.size).toBe(1);
      await expect.poll(() => rests.at(-1)).toBeNull();
    },
  );

  describe('while the server recovers', () => {
    const said = () => server.pushes.filter(({ evidence }) => evidence?.length === 0);
    const restore = (log = empty()) => {
      server.log = log;
      server.epoch = 'epoch-2';
      server.recovering = true;
      server.pushes.length = 0;
    };

    test('a phone says once that nothing is left, after it has given back what was forgotten', async () => {
      const first = await phone.write('item/a', 'yes');
      await started();
      const second = await new Phone(server, 'user-b').sent('item/b', 'no');
      await later();
      restore();
      server.pageLimit = 1; // what came back is shown in several pages
      server.after = (_method, path, reply) => {
        // It is said of a whole log, and of nothing less.
        if (path.endsWith('/push') && said().length > 0)
          expect(server.log.entries.map(({ op }) => op)).toEqual([first, second]);
        return reply;
      };
      for (let i = 0; i < 4; i += 1) await later();
      expect(server.log.entries.map(({ op }) => op)).toEqual([first, second]);
      expect(said()).toEqual([expect.objectContaining({ ops: [], after: 2, h: server.head.h.slice(0, 16) })]);
    });

    test('it says nothing while a part could not be given back', async () => {
      await phone.write('item/a', 'yes');
      await new Phone(server, 'user-b').sent('item/b', 'no');
      await started();
      restore();
      server.signed.clear(); // the key was lost: nothing of the older chain is proven
      for (let i = 0; i < 4; i += 1) await later();
      expect(said()).toEqual([]);
    });

    test('a phone that holds nothing says so too, of an empty log, and in the next restore again', async () => {
      await started();
      restore();
      await later();
      await later();
      expect(said()).toEqual([expect.objectContaining({ after: 0, h: '' })]);
      restore();
      server.epoch = 'epoch-3';
      await later();
      await later();
      expect(said()).toHaveLength(1);
    });

    test('who has left says nothing of it, and is not asked for ever', async () => {
      await phone.write('item/a', 'yes');
      await started();
      server.removed.add('user-a');
      await later();
      restore();
      for (let i = 0; i < 3; i += 1) await later();
      expect(said()).toEqual([]);
      server.requests.length = 0;
      await later();
      expect(paths()).toEqual(['/manifest']);
    });

    test('otherwise nobody says anything of it', async () => {
      await phone.write('item/a', 'yes');
      await started();
      server.epoch = 'epoch-2';
      await later();
      await later();
      expect(said()).toEqual([]);
    });
  });

  test('what is owed is told again when photos have gone, once', async () => {
    await started();
    await tookPhoto();
    mayPhotos = false;
    await loop.now();
    const owed = () => server.pushes.map(({ pending }) => pending);
    expect(owed()).toEqual([{ ops: 0, blobs: 1 }]);
    mayPhotos = true;
    await loop.now();
    expect(owed()).toEqual([
      { ops: 0, blobs: 1 },
      { ops: 0, blobs: 0 },
    ]);
    now += 20_000;
    await loop.now();
    server.requests.length = 0;
    now += 20_000;
    await loop.now();
    expect([paths(), owed().length]).toEqual([['/manifest'], 2]);
  });

  test('what is owed is told at the next start when the phone was switched off before it could', async () => {
    await started();
    const { sha256 } = await tookPhoto();
    mayPhotos = false;
    await loop.now();
    await phone.database.uploads.filter((row) => row.sha256 === sha256).modify({ present: 1 });
    now += 20_000;
    await loop.now();
    expect(server.pushes.map(({ pending }) => pending?.blobs)).toEqual([1, 0]);
  });

  test('photos that wait for a better line cost no request, and go when they may', async () => {
    await started();
    const photo = await tookPhoto();
    mayPhotos = false;
    await loop.now();
    expect(server.log.entries).toHaveLength(1);
    server.requests.length = 0;
    now += 20_000;
    await loop.now();
    expect(paths()).toEqual(['/manifest']);
    mayPhotos = true;
    await loop.now();
    expect(server.blobs.has(photo.sha256)).toBe(true);
  });

  test("another person's session takes nothing, and is told by its code", async () => {
    await started();
    await phone.write('item/a', 'yes');
    server.signedIn = 'user-b';
    await loop.now();
    expect(server.log.entries).toEqual([]);
    expect(failures.at(-1)).toEqual({ kind: 'other_user' });
    expect(await phone.waiting()).toHaveLength(1);
  });
});

describe('when it fails', () => {
  const waits = async (times: number) => {
    const found: number[] = [];
    for (let i = 0; i < times; i += 1) {
      await loop.now();
      found.push(timer?.ms ?? 0);
    }
    return found;
  };

  test('a busy server is left alone longer and longer, up to five minutes, never for ever', async () => {
    await started();
    server.before = () => ({ status: 503, body: {} });
    expect(await waits(10)).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
    ]);
    server.before = () => undefined;
    expect(await waits(1)).toEqual([20_000]);
  });

  test('Retry-After is respected, and a new operation does not jump the queue', async () => {
    await started();
    server.before = () => ({
      status: 299,
      body: new Response('{}', { status: 429, headers: { 'Retry-After': '90' } }),
    });
    expect(await waits(1)).toEqual([90_000]);
    server.requests.length = 0;
    loop.poke();
    expect([paths(), timer?.ms]).toEqual([[], 90_000]);
  });

  test('the pauses differ by chance, down to a half, so that phones do not come all at once', async () => {
    await started();
    random = 0;
    server.before = () => ({ status: 503, body: {} });
    expect(await waits(3)).toEqual([1_000, 2_000, 4_000]);
  });

  test('nothing waits at a server that has just failed, also with a visit on the screen', async () => {
    await started();
    visible = true;
    server.before = () => ({ status: 503, body: {} });
    loop.follow(VISIT);
    await expect.poll(() => timer?.ms).toBe(2_000);
    expect(failures.at(-1)).toMatchObject({ kind: 'busy' });
    expect(asked.filter((each) => each.includes('wait='))).toEqual([]);
  });

  test('without a network it is tried at least every twenty seconds', async () => {
    await started();
    server.before = () => {
      throw new TypeError('network');
    };
    expect((await waits(8)).at(-1)).toBe(20_000);
  });

  test('a stopped loop asks nothing any more', async () => {
    await started();
    loop.stop();
    await loop.now();
    loop.poke();
    expect([paths(), timer]).toEqual([[], null]);
  });
});

test('an operation minted during a round is sent in the same attempt', async () => {
  await started();
  await phone.write('item/a', 'yes');
  let second: Promise<string> | null = null;
  server.after = (_method, path, reply) => {
    if (path.endsWith('/push') && !second) {
      second = phone.write('item/b', 'no').finally(() => loop.poke());
    }
    return reply;
  };
  await loop.now();
  await second;
  await loop.now();
  expect(server.log.entries).toHaveLength(2);
  expect(await phone.waiting()).toEqual([]);
});

describe('what is told to the app', () => {
  test('that it is busy, whom it reached, what came, and that it is no longer', async () => {
    loop.start();
    await loop.now();
    expect(heard[0]).toEqual(['busy', true]);
    expect(heard.at(-1)).toEqual(['busy', false]);
    expect(told('contact')).toContainEqual([false]);
    expect(told('manifest').length).toBeGreaterThanOrEqual(2); // the list, and the checklist it names
    expect(failures).not.toContainEqual(expect.anything());
  });

  test('how far the logs have grown, also when nothing else of the list has changed', async () => {
    await started();
    othersAnswer('item/b');
    server.before = (_method, path) => (path.endsWith('/log') ? { status: 503, body: {} } : undefined);
    await later();
    const [visit] = (await storedVisits(phone.database)).visits;
    expect([visit?.headN, told('manifest')]).toEqual([1, [[]]]);
    expect((await storedVisits(phone.database)).fetchedAt).toBe(now);
    expect(told('contact')).toEqual([[false]]);
  });

  test('from the first list on', async () => {
    othersAnswer('item/b');
    await started();
    const [visit] = (await storedVisits(phone.database)).visits;
    expect(visit?.headN).toBe(1);
  });

  test('each minute, that nothing has changed, and of each visit that the server has everything', async () => {
    await started();
    const begun = now;
    await later();
    await later();
    expect([(await storedVisits(phone.database)).fetchedAt, told('manifest'), told('visit')]).toEqual([
      begun,
      [],
      [],
    ]);
    await later();
    expect([(await storedVisits(phone.database)).fetchedAt, told('manifest')]).toEqual([now, [[]]]);
    expect(told('visit')).toEqual([[VISIT, { kind: 'synced', removed: false }]]);
    expect(await readMeta(phone.database, `confirmed/${VISIT}`)).toBe(now);
    await later();
    expect(told('visit')).toHaveLength(1);
  });

  test('what was sent just now is confirmed at once', async () => {
    await started();
    await phone.write('item/a', 'yes');
    await later(1_000);
    expect(await readMeta(phone.database, `confirmed/${VISIT}`)).toBe(now);
  });

  test('that a visit is gone for who has left', async () => {
    await started();
    server.removed.add('user-a');
    await later();
    expect((await storedVisits(phone.database)).visits).toMatchObject([
      { id: VISIT, gone: true, cancelled: false },
    ]);
  });

  test('how far a photo is, that it is there, and at the end that none is on its way', async () => {
    await started();
    const { sha256 } = await tookPhoto();
    await loop.now();
    expect(told('sendingPhoto')[0]).toEqual([{ visit: VISIT, sha256, sent: 3, size: 3 }]);
    expect(told('sendingPhoto').at(-1)).toEqual([null]);
    expect(told('photos')).toEqual([[VISIT]]);
    await tookPhoto();
    heard.length = 0;
    server.before = (method, path) =>
      method === 'POST' && path.endsWith('/blobs') ? { status: 503, body: {} } : undefined;
    await loop.now();
    expect(told('sendingPhoto').at(-1)).toEqual([null]);
    expect(told('photos')).toEqual([]);
  });
});

describe('the list of visits', () => {
  const lists = () => asked.filter((each) => each.startsWith('/manifest'));

  test('is asked for with what is known of it, of both its halves', async () => {
    loop.start();
    await loop.now();
    await later();
    const { digest, headsDigest } = await phone.api.manifest('');
    const known = `&known=${digest}.${headsDigest}`;
    expect(lists().map((each) => each.replace('/manifest?proto=1&app=0.1.0', ''))).toEqual([
      '',
      known,
      known,
      '',
    ]);
  });

  test('is not asked for beside what waits to be sent, until its time has come', async () => {
    await started();
    await phone.write('item/a', 'yes');
    await later(1_000);
    expect(paths()).toEqual(['/visits/v/push']);
    await phone.write('item/b', 'yes');
    await later(19_000);
    expect(paths()).toEqual(['/visits/v/push', '/manifest', '/visits/v/push']);
  });

  test("is nobody's but this person's", async () => {
    server.after = (_method, path, reply) => {
      if (path.endsWith('/manifest')) (reply.body as { user: { id: string } }).user.id = 'user-b';
      return reply;
    };
    loop.start();
    await loop.now();
    expect(failures.at(-1)).toEqual({ kind: 'other_user' });
    expect((await storedVisits(phone.database)).visits).toEqual([]);
  });

  test('comes with a beacon that is kept, and a list without one takes none away', async () => {
    const beacon = { at: 1_795_316_400_000, sig: 'sig' };
    server.after = (_method, path, reply) => {
      if (path.endsWith('/manifest')) Object.assign(reply.body as object, { beacon });
      return reply;
    };
    await started();
    expect(await readMeta(phone.database, 'beacon')).toEqual(beacon);
    server.after = (_method, _path, reply) => reply;
    await later();
    expect(await readMeta(phone.database, 'beacon')).toEqual(beacon);
  });

  test('names what is sealed: nothing of it is sent or asked until it shows', async () => {
    await started();
    await phone.write('item/a', 'yes');
    server.planned = false;
    server.after = (_method, path, reply) => {
      const list = reply.body as { visits?: unknown[]; sealed?: unknown[] };
      if (path.endsWith('/manifest') && list.visits) list.sealed = [{ id: VISIT, planned_on: '2026-11-22' }];
      return reply;
    };
    await later();
    loop.follow(VISIT);
    await later();
    expect([...new Set(paths())]).toEqual(['/manifest']);
    server.planned = true;
    server.after = (_method, _path, reply) => reply;
    await later();
    expect(await phone.waiting()).toEqual([]);
  });

  test.each([
    ['lead', 2],
    ['member', 1],
  ])(
    'of a %s: the checklist a visit may be moved to is fetched for who may move it, once',
    async (role, count) => {
      const newer = '{"slug":"thu","version":2}';
      server.checklists.set(hex(newer), newer);
      server.roles.set('user-a', role);
      const fetched = () => paths().filter((path) => path.startsWith('/checklists/'));
      loop.start();
      await loop.now();
      expect(await phone.database.checklists.count()).toBe(count);
      expect(fetched()).toEqual(
        [hex(CHECKLIST), hex(newer)].slice(0, count).map((chk) => `/checklists/${chk}`),
      );
      server.safeN = 1; // the list is told anew
      await later();
      expect(fetched()).toHaveLength(count);
    },
  );

  test('shows that a log is another one, also if it is as long', async () => {
    await phone.write('item/a', 'yes');
    await started();
    server.log = empty();
    othersAnswer('item/b');
    await later();
    expect(phone.incidents).toEqual(['history_diverged']);
    expect(server.log.entries).toHaveLength(2);
  });

  test('is compared with what a member who has left was just shown', async () => {
    await started();
    server.removed.add('user-a');
    await later();
    await phone.write('item/a', 'yes');
    asked.length = 0;
    await later();
    await later();
    expect(lists().at(-1)).not.toContain('known=');
  });

  test('of who has left asks about nothing that is there', async () => {
    await phone.write('item/a', 'yes');
    await started();
    server.safeN = 1;
    await later();
    expect(paths()).toEqual(['/manifest']);
    server.removed.add('user-a');
    await later();
    server.requests.length = 0;
    server.safeN = 0;
    await later();
    expect(paths()).toEqual(['/manifest']);
  });
});

describe('who becomes lead', () => {
  beforeEach(async () => {
    server.roles.set('user-a', 'member');
    const other = new Phone(server, 'user-b');
    await other.sent('item/a', 'yes');
    server.removed.add('user-b');
    await other.sent('item/b', 'no'); // held
    await started();
    server.removed.delete('user-b');
    othersAnswer('item/c');
    await later();
    expect((await bodies()).map((body) => body !== null)).toEqual([true, false, true]);
    server.requests.length = 0;
  });

  const bodies = async () => (await phone.database.log.toArray()).map(({ body }) => body);

  test('is shown what was held while he was a member, once', async () => {
    const before = await phone.database.log.toArray();
    server.roles.set('user-a', 'lead');
    server.pageLimit = 1;
    await later();
    await later();
    const after = await phone.database.log.toArray();
    expect(after).toEqual(before.map((row, at) => ({ ...row, body: server.log.entries[at]?.body })));
    expect([paths().filter((path) => path.endsWith('/log')).length, told('uncovered')]).toEqual([
      1,
      [[VISIT]],
    ]);
  });

  test('is shown nothing that is not what was hidden', async () => {
    server.roles.set('user-a', 'lead');
    server.after = (_method, path, reply) => {
      const { news } = reply.body as { news?: { entries: { body?: string }[] } };
      for (const each of path.endsWith('/log') ? (news?.entries ?? []) : [])
        if (each.body) each.body = each.body.replace('no', 'yes');
      return reply;
    };
    await later();
    await later();
    expect((await bodies())[1]).toBeNull();
    server.after = (_method, _path, reply) => reply;
    server.safeN = 1; // the list is told anew
    await later();
    expect((await bodies())[1]).toContain('"no"');
  });

  test('and is a member again asks for nothing', async () => {
    server.roles.set('user-a', 'lead');
    await later();
    server.roles.set('user-a', 'member');
    await later();
    server.requests.length = 0;
    server.safeN = 1;
    await later();
    expect(paths()).toEqual(['/manifest']);
  });

  test('asks each time he becomes it, and never between', async () => {
    const hideAgain = () => phone.database.log.filter(({ n }) => n === 2).modify({ body: null });
    const logs = () => paths().filter((path) => path.endsWith('/log')).length;
    for (const times of [1, 2]) {
      server.roles.set('user-a', 'lead');
      await later();
      expect([logs(), told('uncovered').length]).toEqual([times, times]);
      await hideAgain();
      server.safeN = times; // the list is told anew
      await later();
      expect(logs()).toBe(times);
      server.roles.set('user-a', 'member');
      await later();
    }
  });

  test.each([
    ['hides it still', null, 500],
    ['shows nothing', null, 0],
    ['has another log by now', 'f'.repeat(64), 500],
  ])('asks once for each list where the server %s', async (_what, h, limit) => {
    server.pageLimit = limit;
    const list = (reply: { body: unknown }) => (reply.body as { visits?: { role: string }[] }).visits ?? [];
    server.after = (_method, path, reply) => {
      if (path.endsWith('/manifest')) for (const visit of list(reply)) visit.role = 'lead';
      return reply;
    };
    const { fetch } = server;
    server.fetch = (input, init) => fetch(h ? String(input).replace(/([?&]h=)\w+/, `$1${h}`) : input, init);
    for (const times of [1, 2]) {
      server.safeN = times;
      await later();
      expect(paths().filter((path) => path.endsWith('/log'))).toHaveLength(times);
    }
    expect((await bodies())[1]).toBeNull();
  });
});

test('who leads from the beginning is told of nothing that was uncovered', async () => {
  othersAnswer('item/c');
  loop.start();
  await loop.now();
  await later();
  expect(told('uncovered')).toEqual([]);
});

describe('a request that waits for news', () => {
  const waits = () => asked.filter((each) => each.includes('wait='));

  beforeEach(async () => {
    await started();
    visible = true;
  });

  test('that finds none at once is followed by the next after five seconds, and no timer is left over', async () => {
    loop.follow(VISIT);
    await expect.poll(() => timer?.ms).toBe(5_000);
    expect([waits().length, timers.size]).toEqual([1, 1]);
  });

  test.each([
    ["others' answers", () => othersAnswer('item/b')],
    ['that one has left', () => void server.removed.add('user-a')],
  ])('that hears of %s is followed at once', async (_what, happens) => {
    loop.follow(VISIT);
    server.before = (_method, path) => {
      if (path.endsWith('/log') && asked.at(-1)?.includes('wait=')) happens();
      return undefined;
    };
    await expect.poll(() => timer?.ms).toBe(0);
  });

  test('that the server has no room for is followed when it says', async () => {
    server.after = (_method, path, reply) => {
      if (path.endsWith('/log')) Object.assign(reply.body as object, { retry_in: 7 });
      return reply;
    };
    loop.follow(VISIT);
    await expect.poll(() => timer?.ms).toBe(7_000);
  });

  test('says that the list is as it was, or that it must be asked for', async () => {
    loop.follow(VISIT);
    const turn = async (ms: number) => {
      await expect.poll(() => timer?.ms).toBe(5_000);
      server.requests.length = 0;
      now += ms;
      const { work } = timer!;
      timer = null;
      work();
      await expect.poll(() => timer?.ms).toBe(5_000);
      return paths();
    };
    expect(await turn(15_000)).toEqual(['/visits/v/log']);
    expect(await turn(15_000)).toEqual(['/visits/v/log']);
    server.safeN = 1; // one turn hears that the list is another one, the next asks for it
    await turn(1_000);
    expect(await turn(1_000)).toContain('/manifest');
  });

  test('is ended by stopping, and says nothing any more', async () => {
    const ended: boolean[] = [];
    const { fetch } = server;
    let answer = async () => {};
    server.fetch = (input, init) => {
      if (!String(input).includes('wait=')) return fetch(input, init);
      init?.signal?.addEventListener('abort', () => ended.push(true));
      return new Promise((done) => {
        answer = async () => done(await fetch(input, init));
      });
    };
    loop.follow(VISIT);
    await expect.poll(() => timer?.ms).toBe(45_000);
    const before = failures.length;
    loop.stop();
    expect(ended).toEqual([true]);
    await answer(); // it was on its way: nobody listens
    await new Promise((done) => setTimeout(done));
    expect(timers.size).toBe(0);
    expect([failures.length, timer]).toEqual([before, null]);
  });
});

describe('a new epoch', () => {
  test('that shows in the middle of an attempt is looked after in the same', async () => {
    await started();
    const row = { visit: VISIT, sha256: 'a'.repeat(64), size: 3, url: null, refused: null };
    await phone.database.uploads.put({ ...row, present: 1 });
    server.receipts = () => [];
    await phone.write('item/a', 'yes');
    server.before = (_method, path) => {
      if (path.endsWith('/push')) server.epoch = 'epoch-2';
      return undefined;
    };
    await later(1_000);
    expect((await phone.database.uploads.toArray())[0]?.present).toBe(0);
  });

  test('the first one of all is no new one', async () => {
    loop.start();
    await loop.now();
    expect(paths().filter((path) => path.endsWith('/blobs'))).toEqual([]);
  });
});

describe('photos make room', () => {
  const posts = () =>
    server.requests.filter((each) => each.startsWith('POST') && !each.endsWith('/manifest'));
  const photos = async (count: number) => {
    for (let n = 0; n < count; n += 1) await tookPhoto(n);
  };

  test('for an answer that comes between two of them', async () => {
    await started();
    await photos(2);
    let written: Promise<unknown> | null = null;
    server.after = (method, path, reply) => {
      if (method === 'PATCH' && path.includes('/blobs/'))
        written ??= phone.write('item/a', 'yes').finally(() => loop.poke());
      return reply;
    };
    await loop.now();
    await written;
    await loop.now();
    expect(posts().map((each) => each.split('/').at(-1))).toEqual(['push', 'blobs', 'push', 'blobs', 'push']);
  });

  test('for news when they have been sent for ten seconds', async () => {
    await started();
    await photos(3);
    server.after = (method, path, reply) => {
      if (method === 'POST' && path.endsWith('/blobs')) now += 12_000;
      return reply;
    };
    await loop.now();
    const order = paths().filter((path) => path === '/manifest' || path === '/visits/v/blobs');
    expect(order[0]).toBe('/visits/v/blobs');
    expect(order.slice(1, -1)).toContain('/manifest');
    expect([order.at(-1), server.blobs.size]).toEqual(['/visits/v/blobs', 3]);
  });

  test('longer each time they are refused, until one has gone', async () => {
    await started();
    await photos(2);
    let room = 0;
    server.before = (method, path) => {
      if (method !== 'POST' || !path.endsWith('/blobs')) return undefined;
      room -= 1;
      return room < 0 ? { status: 500, body: {} } : undefined;
    };
    const tries = () => paths().filter((path) => path === '/visits/v/blobs').length;
    /** How long they rest before they are tried again, to the second. */
    const rest = async () => {
      const before = tries();
      for (let seconds = 1; seconds < 20; seconds += 1) {
        now += 1_000;
        timer?.work();
        await expect.poll(() => told('busy').at(-1)).toEqual([false]);
        if (tries() > before) return seconds;
      }
      return null;
    };
    await loop.now();
    expect([await rest(), await rest()]).toEqual([2, 4]);
    room = 1;
    expect([await rest(), server.blobs.size]).toEqual([8, 1]);
    expect(await rest()).toBe(2);
  });

  test('for nothing where there is no network: then nothing can be sent', async () => {
    await started();
    await photos(1);
    server.before = (method, path) => {
      if (method === 'POST' && path.endsWith('/blobs')) throw new TypeError('network');
      return undefined;
    };
    await loop.now();
    expect(failures.at(-1)).toEqual({ kind: 'offline' });
  });
});

test('what a stopped loop was doing sets no timer', async () => {
  await started();
  visible = true;
  server.before = (_method, path) => {
    if (path.endsWith('/log')) loop.stop();
    return undefined;
  };
  loop.follow(VISIT);
  await expect.poll(() => told('busy').at(-1)).toEqual([false]);
  expect([timers.size, asked.filter((each) => each.includes('wait='))]).toEqual([0, []]);
});

test('before it is started it asks nothing', async () => {
  await loop.now();
  expect(paths()).toEqual([]);
});

test('of who has left nothing is given again where the server does not say that it lacks it', async () => {
  await phone.write('item/a', 'yes');
  await started();
  server.removed.add('user-a');
  await later();
  server.log = empty();
  server.before = (_method, path) =>
    path.endsWith('/log')
      ? { status: 404, body: { code: 'NO_SUCH_VISIT', message: '', details: {} } }
      : undefined;
  await later();
  expect([phone.incidents, server.log.entries]).toEqual([[], []]);
});
