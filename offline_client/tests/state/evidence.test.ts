// @vitest-environment ./tests/environment.ts
// What is recorded with a photo: when, where, what it was made from; and that nothing of it keeps a person waiting.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Cells } from '../../src/domain/operations.ts';
import { cameraTrouble, pictureTypes } from '../../src/state/camera.ts';
import { plainEdit } from '../../src/state/edits.ts';
import { cameraTime } from '../../src/state/imageHead.ts';
import { better, LivePhotoPlaces, placeOf } from '../../src/state/locating.svelte.ts';
import { photosOf, toldOf } from '../../src/state/photos.ts';
import { UserDatabase } from '../../src/store/database.ts';

const PLACE = { lat_e6: 21_138_000, lon_e6: 105_505_000, accuracy_m: 12 };
const head = (op: string, value: unknown) => ({ op, value, actor: 'A', n: null }) as never;

/** The head of a JPEG whose EXIF (big or little endian) says when it was taken. */
function jpegOf(taken: string, offset: string | null, little = false): Uint8Array {
  const out = new DataView(new ArrayBuffer(200));
  const ascii = (at: number, text: string) =>
    new Uint8Array(out.buffer).set(
      [...text].map((each) => each.charCodeAt(0)),
      at,
    );
  out.setUint32(0, 0xffd8ffe1);
  out.setUint16(4, 190);
  ascii(6, 'Exif');
  const tiff = 12;
  ascii(tiff, little ? 'II' : 'MM');
  out.setUint16(tiff + 2, 42, little);
  out.setUint32(tiff + 4, 8, little);
  const entry = (at: number, tag: number, place: number) => {
    out.setUint16(tiff + at, tag, little);
    out.setUint32(tiff + at + 8, place, little);
  };
  out.setUint16(tiff + 8, 1, little);
  entry(10, 0x8769, 30);
  out.setUint16(tiff + 30, offset === null ? 1 : 2, little);
  entry(32, 0x9003, 80);
  if (offset !== null) entry(44, 0x9011, 110);
  ascii(tiff + 80, taken);
  ascii(tiff + 110, offset ?? '');
  return new Uint8Array(out.buffer);
}

describe('when a picture was taken', () => {
  test.each([
    ['2026:11:29 10:11:12', '+07:00', false, { local: '2026-11-29T10:11:12', offset: '+07:00' }],
    ['2026:11:29 10:11:12', null, true, { local: '2026-11-29T10:11:12', offset: null }],
    ['0000:00:00 00:00:00', null, false, null],
    ['    :  :     :  :  ', null, false, null],
    ['2026:11:29 10:11:12', 'hello!', false, { local: '2026-11-29T10:11:12', offset: null }],
  ])('%s %s', (taken, offset, little, said) => {
    expect(cameraTime(jpegOf(taken, offset, little), 'image/jpeg')).toEqual(said);
  });

  test('a head that ends early, one without EXIF and other formats say nothing', () => {
    expect(cameraTime(jpegOf('2026:11:29 10:11:12', null).slice(0, 60), 'image/jpeg')).toBeNull();
    expect(cameraTime(Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 4]), 'image/jpeg')).toBeNull();
    expect(cameraTime(jpegOf('2026:11:29 10:11:12', null), 'image/png')).toBeNull();
  });

  test('a file says its own time, the camera this moment, a drawing that of its source', async () => {
    const file = new Blob([jpegOf('2026:11:29 10:11:12', '+07:00').slice()]);
    expect(await toldOf(file, { from: 'file' }, 'now')).toEqual({ taken_at: '2026-11-29T10:11:12+07:00' });
    expect(await toldOf(new Blob(['x']), { from: 'file' }, 'now')).toEqual({ taken_at: null });
    const camera = { from: 'camera', place: Promise.resolve(PLACE) } as const;
    expect(await toldOf(file, camera, 'now')).toEqual({ taken_at: 'now', place: PLACE });
    const broken = { from: 'camera', place: Promise.reject(new Error('no')) } as const;
    expect(await toldOf(file, broken, 'now')).toEqual({ taken_at: 'now' });
    const source = { sha256: 'a', takenAt: new Date('2026-11-29T03:11:12Z'), place: PLACE } as never;
    const told = await toldOf(file, { from: 'drawing', source, masked: true }, 'now');
    expect(told).toMatchObject({ place: PLACE, made_from: { sha256: 'a', masked: true } });
    expect(Date.parse(String(told.taken_at))).toBe(Date.parse('2026-11-29T03:11:12Z'));
  });
});

describe('photos of a cell', () => {
  const attach = (sha256: string, more = {}) => ({
    of: 'item/a',
    sha256,
    taken_at: '2026-11-29T10:00:00+07:00',
    ...more,
  });
  const cells = new Map([
    ['photo/2', [head('2', attach('b', { made_from: { sha256: 'a', masked: true } }))]],
    ['photo/1', [head('1', attach('a', { place: PLACE }))]],
    ['photo/1/caption', [head('3', 'Bàn 7'), head('4', 'Bàn 7'), head('5', 'Bàn 8')]],
    ['photo/3', [head('6', null)]],
    ['photo/3/caption', [head('7', 'Không còn ảnh')]],
  ]) as unknown as Cells;

  test('a copy stands after what it was made from, which few may see', () => {
    const [original, copy, ...others] = photosOf(cells, new Map()).get('item/a') ?? [];
    expect(others).toEqual([]);
    expect(original).toMatchObject({
      id: '1',
      caption: 'Bàn 7 ↔ Bàn 8',
      place: PLACE,
      madeFrom: null,
      veiled: true,
    });
    expect(copy).toMatchObject({
      id: '2',
      caption: '',
      place: null,
      madeFrom: { sha256: 'a' },
      veiled: false,
    });
    expect([...photosOf(cells, new Map()).keys()]).toEqual(['item/a']);
  });

  test('taking a photo away and putting it back are kinds of their own; its caption is an ordinary cell', () => {
    expect(plainEdit('photo/1', null, ['x']).kind).toBe('detach');
    expect(plainEdit('photo/1', attach('a'), ['x']).kind).toBe('attach');
    expect(plainEdit('photo/1/caption', 'Bàn 7', []).kind).toBe('set');
    expect(plainEdit('photo/1/caption', null, ['x']).kind).toBe('clear');
  });
});

describe('the place of a photo', () => {
  beforeEach(() => {
    globalThis.indexedDB = new IDBFactory();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return () => vi.useRealTimers();
  });
  /** A device that answers when told to. */
  function device() {
    const asked: { found: PositionCallback; failed: PositionErrorCallback }[] = [];
    const cleared: number[] = [];
    const here = {
      watchPosition: (found: PositionCallback, failed: PositionErrorCallback) =>
        asked.push({ found, failed }),
      clearWatch: (id: number) => cleared.push(id),
    } as unknown as Geolocation;
    const at = (latitude: number, longitude: number, accuracy: number) =>
      asked.at(-1)?.found({ coords: { latitude, longitude, accuracy } } as GeolocationPosition);
    return { here, asked, cleared, at };
  }

  test('what a device tells, in millionths and whole metres', () => {
    expect(placeOf({ latitude: 21.138, longitude: 105.505, accuracy: 11.2 })).toEqual(PLACE);
    expect(placeOf({ latitude: -0.0000001, longitude: 0, accuracy: 0 })).toEqual({
      lat_e6: 0,
      lon_e6: 0,
      accuracy_m: 0,
    });
    for (const wrong of [{ latitude: 91 }, { longitude: 181 }, { accuracy: -1 }, { accuracy: Number.NaN }])
      expect(placeOf({ latitude: 21, longitude: 105, accuracy: 5, ...wrong })).toBeNull();
  });

  test('the newer fix counts, unless a fresh one was more exact', () => {
    const exact = { place: { ...PLACE, accuracy_m: 5 }, at: 0 };
    expect(better(exact, { place: PLACE, at: 10_000 })).toBe(exact);
    expect(better(exact, { place: PLACE, at: 20_000 }).at).toBe(20_000);
    expect(better(null, exact)).toBe(exact);
  });

  test('without consent nothing is asked; agreeing is kept for this person', async () => {
    const { here, asked, at } = device();
    const database = new UserDatabase('a');
    const places = new LivePhotoPlaces(here);
    await places.attach(database);
    places.begin();
    expect([places.consent, await places.here(), asked.length]).toEqual([null, null, 0]);
    await places.setConsent(true);
    expect(places.status).toBe('searching');
    at(21.138, 105.505, 12);
    expect([places.status, await places.here()]).toEqual(['found', PLACE]);
    const again = new LivePhotoPlaces(here);
    await again.attach(database);
    expect(again.consent).toBe(true);
    await again.setConsent(false);
    expect(await again.here()).toBeNull();
    database.close();
  });

  test('a photo waits a moment for its place and then does without', async () => {
    const { here, cleared } = device();
    const places = new LivePhotoPlaces(here, () => 0);
    await places.setConsent(true);
    const waiting = places.here();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(await waiting).toBeNull();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(cleared).toHaveLength(1); // the search does not eat the battery for ever
  });

  test('an old fix is no place of a new photo; a refusal and a machine that has none are told', async () => {
    const { here, asked, at } = device();
    let now = 0;
    const places = new LivePhotoPlaces(here, () => now);
    await places.setConsent(true);
    at(21.138, 105.505, 12);
    now = 61_000;
    expect(await places.here()).toBeNull();
    asked.at(-1)?.failed({ code: 1 } as GeolocationPositionError);
    expect(places.status).toBe('refused');
    const none = new LivePhotoPlaces(undefined);
    await none.setConsent(true);
    expect([none.status, await none.here()]).toEqual(['unavailable', null]);
  });
});

describe('the camera', () => {
  const here = (state: string, ...kinds: string[]) =>
    ({
      permissions: { query: () => Promise.resolve({ state }) },
      mediaDevices: { enumerateDevices: () => Promise.resolve(kinds.map((kind) => ({ kind }))) },
    }) as unknown as Navigator;

  test('what is wrong is told before it is opened, and nothing where it cannot be known', async () => {
    expect(await cameraTrouble(here('denied', 'videoinput'))).toBe('denied');
    expect(await cameraTrouble(here('prompt', 'audioinput'))).toBe('none');
    expect(await cameraTrouble(here('granted', 'videoinput'))).toBeNull();
    expect(await cameraTrouble({})).toBeNull();
    const unknown = { permissions: { query: () => Promise.reject(new TypeError('camera')) } };
    expect(await cameraTrouble(unknown as unknown as Navigator)).toBeNull();
  });

  test('an iPhone is not offered HEIC, so that it makes a JPEG; others are, to be told why it cannot be read', () => {
    expect(pictureTypes({ standalone: true })).not.toContain('heic');
    expect(pictureTypes({})).toContain('image/heic');
  });
});
