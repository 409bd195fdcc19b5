// The one sentence, as a table; and for all facts: nothing is called safe that is not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Facts, type SentenceCode, sentenceOf } from '../../src/state/sentence.ts';
import { en } from '../../src/text/en.ts';
import { vi } from '../../src/text/vi.ts';

const CALM: Facts = {
  serverHas: 42,
  total: 42,
  at: null,
  pendingPhotos: 0,
  failedPhotos: [],
  endedPhotos: [],
  held: [],
  problem: null,
  safe: false,
  saving: false,
  unsaved: false,
  busy: false,
  recovering: false,
  incidents: 0,
  drafts: 0,
  photosWait: null,
};
const REFUSED = [{ sha256: 's', why: 'IMAGE_REFUSED', here: true }];
const ENDED = [{ sha256: 's', why: 'Tệp hỏng', here: true }];
const LOST = [{ sha256: 's', why: 'Máy mất ảnh', here: false }];

const TABLE: readonly (readonly [string, Partial<Facts>, SentenceCode, string])[] = [
  ['nothing was ever written', { serverHas: 0, total: 0 }, 'nothing', 'plain'],
  ['an answer is on its way to the store', { saving: true, serverHas: 41 }, 'saving', 'info'],
  ['saved, no network', { serverHas: 39, problem: 'offline' }, 'offline', 'info'],
  [
    'saved, no network, the loop just tries',
    { serverHas: 39, problem: 'offline', busy: true },
    'offline',
    'info',
  ],
  ['twelve are being sent', { serverHas: 30, busy: true }, 'sending', 'info'],
  ['saved, the loop rests', { serverHas: 30 }, 'waiting', 'info'],
  ['everything in the verified log', {}, 'sent', 'good'],
  ['… also while there is no network', { problem: 'offline' }, 'sent', 'good'],
  ['… also while the loop looks for news', { busy: true }, 'sent', 'good'],
  ['… also of somebody who has left', { problem: 'removed' }, 'sent', 'good'],
  ['… and in the off-site backup', { safe: true }, 'safe', 'good'],
  ['photos are being sent', { pendingPhotos: 3, busy: true }, 'photos_sending', 'info'],
  ['photos wait for a network', { pendingPhotos: 3, problem: 'offline' }, 'photos_offline', 'info'],
  ['photos wait for Wi-Fi', { pendingPhotos: 3, busy: true, photosWait: 'wifi' }, 'photos_wifi', 'info'],
  ['photos wait for tomorrow', { pendingPhotos: 3, busy: true, photosWait: 'limit' }, 'photos_limit', 'warn'],
  ['photos are paused', { pendingPhotos: 3, photosWait: 'paused' }, 'photos_paused', 'warn'],
  ['photos wait', { pendingPhotos: 3, safe: true }, 'photos_waiting', 'info'],
  [
    'text first: operations before photos',
    { serverHas: 41, pendingPhotos: 3, busy: true },
    'sending',
    'info',
  ],
  ['a photo that was ended is here only', { endedPhotos: ENDED, safe: true }, 'photos_ended', 'info'],
  ['… which hinders nobody from switching off', { endedPhotos: ENDED }, 'sent', 'good'],
  [
    '… and if this phone has lost it, nothing is here only',
    { endedPhotos: LOST, safe: true },
    'safe',
    'good',
  ],
  ['… while a text is half written', { endedPhotos: ENDED, drafts: 1, safe: true }, 'drafts', 'info'],
  ['a photo was refused', { failedPhotos: REFUSED, safe: true }, 'photos_refused', 'warn'],
  ['an incident waits to be told', { incidents: 1, safe: true }, 'incidents', 'warn'],
  ['a text is half written', { drafts: 1, safe: true }, 'drafts', 'info'],
  ['… also the first one', { drafts: 1, serverHas: 0, total: 0 }, 'drafts', 'info'],
  ['… which is the last thing to be said', { drafts: 1, incidents: 1 }, 'incidents', 'warn'],
  ['the store is full or broken', { problem: 'storage' }, 'storage', 'bad'],
  ['signed out', { problem: 'login', serverHas: 40 }, 'login', 'warn'],
  ['device revoked', { problem: 'device_revoked', serverHas: 40 }, 'device_revoked', 'bad'],
  ['app too old', { problem: 'upgrade' }, 'upgrade', 'warn'],
  ['history does not verify', { problem: 'chain_broken' }, 'chain_broken', 'bad'],
  ['limit of the day reached', { problem: 'limit', serverHas: 40 }, 'limit', 'warn'],
  ['server in trouble', { problem: 'server', serverHas: 40 }, 'server', 'warn'],
  ['server recovering', { recovering: true, serverHas: 40 }, 'recovering', 'warn'],
  ['visit closed to this person', { problem: 'no_such_visit' }, 'no_such_visit', 'bad'],
  ['not saved outweighs everything', { unsaved: true, problem: 'login', safe: true }, 'not_saved', 'bad'],
];

describe('the sentence', () => {
  test.each(TABLE)('%s', (_what, facts, code, tone) => {
    expect(sentenceOf({ ...CALM, ...facts })).toMatchObject({ code, tone });
  });

  test('counts what is missing', () => {
    expect(sentenceOf({ ...CALM, serverHas: 30, pendingPhotos: 2 }).counts).toEqual({
      n: 12,
      photos: 2,
      ended: 0,
      drafts: 0,
      has: 30,
      total: 42,
    });
  });

  test('counts the photos that wiping would lose, and leaves it to the person', () => {
    const { counts, mayTurnOff, mayWipe } = sentenceOf({
      ...CALM,
      endedPhotos: [...ENDED, ...LOST, ...ENDED],
      safe: true,
    });
    expect([counts.ended, counts.photos, mayTurnOff, mayWipe]).toEqual([2, 0, true, true]);
  });

  test('every code stands in the table, has words in both languages and a short word', () => {
    const codes = new Set(TABLE.map(([, , code]) => code));
    const named = Object.keys(vi).flatMap((key) => /^sentence\.(\w+)$/.exec(key)?.[1] ?? []);
    expect([...codes, 'bad_envelope'].sort()).toEqual(named.sort());
    for (const code of named) {
      const short = `word.${code}` as keyof typeof vi;
      expect([vi[short].length <= 12, en[short].length <= 12, code]).toEqual([true, true, code]);
    }
  });
});

const facts: fc.Arbitrary<Facts> = fc
  .record({
    serverHas: fc.nat(5),
    missing: fc.nat(2),
    pendingPhotos: fc.nat(2),
    failedPhotos: fc.constantFrom([], REFUSED),
    endedPhotos: fc.constantFrom([], ENDED, LOST),
    problem: fc.constantFrom(
      null,
      'offline' as const,
      'login' as const,
      'server' as const,
      'limit' as const,
      'removed' as const,
      'storage' as const,
      'chain_broken' as const,
    ),
    safe: fc.boolean(),
    saving: fc.boolean(),
    unsaved: fc.boolean(),
    busy: fc.boolean(),
    recovering: fc.boolean(),
    incidents: fc.nat(2),
    drafts: fc.nat(2),
    photosWait: fc.constantFrom(null, 'paused' as const, 'wifi' as const, 'limit' as const),
  })
  .map(({ missing, ...rest }) => ({
    ...rest,
    total: rest.serverHas + missing,
    at: null,
    held: [],
  }));

test('nothing is called safe to switch off or to wipe that is not', () => {
  fc.assert(
    fc.property(facts, (each) => {
      const { code, mayTurnOff, mayWipe, tone } = sentenceOf(each);
      const there =
        each.total === each.serverHas &&
        each.pendingPhotos === 0 &&
        each.failedPhotos.length === 0 &&
        each.incidents === 0 &&
        !each.saving &&
        !each.unsaved;
      if (mayTurnOff) expect(there).toBe(true);
      if (mayWipe) expect(there && each.safe && each.drafts === 0 && mayTurnOff).toBe(true);
      if (code === 'safe') expect(each.endedPhotos.some(({ here }) => here)).toBe(false);
      if (tone === 'good') expect(mayTurnOff).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
