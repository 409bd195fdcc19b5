// When to sync what, with a clock and timers of our own.
import { beforeEach, describe, expect, test } from 'vitest';
import { incidentsWaiting } from '../../src/store/incidents.ts';
import { readMeta, storedVisits } from '../../src/store/manifest.ts';
import type { VisitRow } from '../../src/store/rows.ts';
import { noteIncident } from '../../src/sync/incidents.ts';
import { type LoopListener, SyncLoop } from '../../src/sync/loop.ts';
import type { Failure, FailureKind } from '../../src/sync/step.ts';
import { Phone } from '../simulation/phone.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';

const CHECKLIST = '{"slug":"thu"}';
let server: SimulatedServer;
let phone: Phone;
let now: number;
let timer: { ms: number; work: () => void } | null;
let mayPhotos: boolean;
let visible: boolean;
let failures: (Failure | null)[];
let rests: (FailureKind | null)[];
let loop: SyncLoop;

beforeEach(() => {
  server = new SimulatedServer();
  server.checklists.set(hex(CHECKLIST), CHECKLIST);
  phone = new Phone(server);
  now = 1_000_000;
  timer = null;
  failures = [];
  rests = [];
  mayPhotos = true;
  visible = false;
  const listener: LoopListener = {
    busy: () => {},
    failed: (failure) => failures.push(failure),
    manifest: () => {},
    visit: () => {},
    photos: () => {},
    sendingPhoto: () => {},
    photosRest: (why) => rests.push(why),
    contact: () => {},
    told: () => {},
  };
  loop = new SyncLoop(
    {
      ...phone.ports,
      api: phone.api,
      now: () => now,
      mayPhotos: async () => mayPhotos,
      visible: () => visible,
      random: () => 1,
      exclusive: (work) => work(),
      after: (ms, work) => {
        const set = { ms, work };
        timer = set;
        return () => {
          if (timer === set) timer = null;
        };
      },
    },
    listener,
  );
});

const paths = () => server.requests.map((request) => request.replace(/.*\/v1/, '').replace(VISIT, 'v'));

/** A photo with the operation that names it. */
async function tookPhoto() {
  const bytes = new Uint8Array([1, 2, 3]);
  const photo = { visit: VISIT, sha256: hex(bytes), size: 3 };
  await phone.write('photo/00000000-0000-4000-8000-000000000001', null);
  const [op] = await phone.database.ops.toArray();
  const body = JSON.stringify({ ...JSON.parse(op?.body ?? ''), kind: 'attach', val: photo });
  await phone.database.ops.put({ ...op!, body, bh: hex(body) });
  await phone.database.blobs.put({ ...photo, mime: 'image/jpeg', bytes: bytes.buffer });
  await phone.database.uploads.put({ ...photo, url: null, present: 0, refused: null });
  return photo;
}

const empty = (): typeof server.log => ({ entries: [], writers: new Map(), slots: new Map() });

async function started(): Promise<void> {
  loop.start();
  await loop.now();
  server.requests.length = 0;
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

    const later = async () => {
      now += 20_000;
      await loop.now();
    };

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
      expect(asked()).toBeLessThanOrEqual(9);
      server.requests.length = 0;
      await idle(3_600_000);
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
    const later = async (ms: number) => {
      now += ms;
      await loop.now();
    };
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
    const later = async () => {
      now += 20_000;
      await loop.now();
    };
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
    expect(paths()).toEqual([]);
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
