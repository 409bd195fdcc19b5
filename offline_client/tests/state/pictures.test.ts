// What is known of a picture before it is decoded, and of a canvas after it was drawn on.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { downscale, fitted, isBlank, kindOf } from '../../src/state/downscale.ts';
import { orientedSize } from '../../src/state/imageHead.ts';
import { lineOf } from '../../src/state/photoSending.svelte.ts';

const text = (letters: string) => Array.from(letters, (letter) => letter.charCodeAt(0));
const word = (n: number) => [n >> 8, n & 255];

/** The head of a JPEG: an EXIF segment with this orientation, then the frame. */
function jpeg(width: number, height: number, orientation?: number): Uint8Array {
  const tiff = [...text('MM'), ...word(42), 0, 0, 0, 8, ...word(1), ...word(0x0112), ...word(3), 0, 0, 0, 1];
  const exif = [...text('Exif'), 0, 0, ...tiff, ...word(orientation ?? 1), 0, 0, 0, 0, 0, 0];
  const app1 = orientation === undefined ? [] : [0xff, 0xe1, ...word(exif.length + 2), ...exif];
  const frame = [0xff, 0xc0, ...word(11), 8, ...word(height), ...word(width), 1, 1, 0x11, 0];
  return Uint8Array.from([0xff, 0xd8, ...app1, ...frame]);
}

/** The same with a scan and its end, and what some phones put behind it. */
const wholeJpeg = (...behind: number[]) =>
  Uint8Array.from([...jpeg(4000, 3000), 0xff, 0xda, ...word(4), 1, 1, 7, 7, 7, 0xff, 0xd9, ...behind]);

test.each([
  ['a plain JPEG', jpeg(4000, 3000), 'image/jpeg', { width: 4000, height: 3000 }],
  ['one held upright', jpeg(4000, 3000, 6), 'image/jpeg', { width: 3000, height: 4000 }],
  ['one upside down', jpeg(4000, 3000, 3), 'image/jpeg', { width: 4000, height: 3000 }],
  ['one cut short', jpeg(4000, 3000, 6).slice(0, 30), 'image/jpeg', null],
  ['nonsense', Uint8Array.from({ length: 64 }, (_, n) => n), 'image/jpeg', null],
  ['a format whose head is not read', new Uint8Array(64), 'image/webp', null],
])('the size of %s', (_name, head, kind, size) => {
  expect(orientedSize(head, kind)).toEqual(size);
});

test('the size of a PNG', () => {
  const head = [0x89, ...text('PNG'), 13, 10, 26, 10, 0, 0, 0, 13, ...text('IHDR')];
  const raw = Uint8Array.from([...head, 0, 0, ...word(5000), 0, 0, ...word(20)]);
  expect(orientedSize(raw, 'image/png')).toEqual({ width: 5000, height: 20 });
  expect(fitted({ width: 5000, height: 20 })).toEqual({ width: 2560, height: 10 });
});

test('what a file begins like', () => {
  const box = (brand: string) => Uint8Array.from([0, 0, 0, 24, ...text(`ftyp${brand}`), 0, 0, 0, 0]);
  expect(kindOf(box('heic'))).toBe('image/heic');
  expect(kindOf(box('avif'))).toBe('image/avif');
  expect(kindOf(box('mp42'))).toBeNull();
  expect(kindOf(Uint8Array.from(text('<svg xmlns="...">')))).toBeNull();
});

test('an empty canvas is told from a picture', () => {
  const pixels = (...parts: number[]) =>
    Uint8ClampedArray.from({ length: 1024 }, (_, at) => parts[at % 4] ?? 0);
  expect([pixels(0, 0, 0, 255), pixels(255, 255, 255, 255), pixels(0, 0, 0, 0)].map(isBlank)).toEqual([
    true,
    true,
    true,
  ]);
  const one = pixels(255, 255, 255, 255);
  one[500] = 254;
  expect([one, pixels(0, 128, 128, 255), pixels(7, 7, 7, 255)].map(isBlank)).toEqual([false, false, false]);
});

test('which line a browser tells of', () => {
  expect([undefined, {}, { type: 'wifi' }, { type: 'cellular' }, { type: 'unknown' }].map(lineOf)).toEqual([
    'untold',
    'untold',
    'wifi',
    'mobile',
    'mobile',
  ]);
});

describe('a picture the browser cannot decode now', () => {
  afterEach(() => vi.unstubAllGlobals());
  const decoder = (decode: () => Promise<unknown>) => vi.stubGlobal('createImageBitmap', decode);
  const noMemory = async () => {
    throw new DOMException('out of memory', 'InvalidStateError');
  };
  const file = (bytes: Uint8Array) => new Blob([Uint8Array.from(bytes)]);

  test.each([
    ['image/jpeg', wholeJpeg()],
    ['image/jpeg', wholeJpeg(...text('ftypmp42'))],
    ['image/png', Uint8Array.from([0x89, ...text('PNG'), ...text('IEND'), 0, 0, 0, 0])],
    ['image/webp', Uint8Array.from([...text('RIFF'), 4, 0, 0, 0, ...text('WEBP')])],
  ])('is the evidence as it is: %s', async (mime, bytes) => {
    decoder(noMemory);
    const evidence = await downscale(file(bytes));
    expect(evidence.mime).toBe(mime);
    expect([...new Uint8Array(evidence.bytes)]).toEqual([...bytes]);
  });

  test.each([
    ['a JPEG whose scan breaks off', wholeJpeg().slice(0, -2)],
    ['a JPEG cut in its head', jpeg(4000, 3000)],
    ['a PNG', Uint8Array.from([0x89, ...text('PNG'), 13, 10, 26, 10, 0, 0, 0, 13])],
    ['a WebP', Uint8Array.from([...text('RIFF'), 9, 0, 0, 0, ...text('WEBP')])],
    ['an AVIF', Uint8Array.from([0, 0, 0, 24, ...text('ftypavif')])],
  ])('%s that was cut short, or is not taken, is none', async (_what, bytes) => {
    decoder(noMemory);
    await expect(downscale(file(bytes))).rejects.toMatchObject({ code: 'not_an_image' });
  });

  test('also where there is no room for what is drawn', async () => {
    const bitmap = { width: 4000, height: 3000, close: vi.fn() };
    decoder(async () => bitmap);
    vi.stubGlobal('document', {
      createElement: () => ({
        getContext: () => {
          throw new RangeError('out of memory');
        },
      }),
    });
    expect((await downscale(file(wholeJpeg()))).mime).toBe('image/jpeg');
    expect(bitmap.close).toHaveBeenCalled();
  });

  test('is refused where the server would not take it, or it is too large to be sent whole', async () => {
    decoder(noMemory);
    const heic = Uint8Array.from([0, 0, 0, 24, ...text('ftypheic'), 0, 0, 0, 0]);
    await expect(downscale(file(heic))).rejects.toMatchObject({ code: 'heic' });
    const huge = new Blob([jpeg(9000, 9000).slice(), new Uint8Array(12 * 1024 * 1024)]);
    await expect(downscale(huge)).rejects.toMatchObject({ code: 'not_drawn' });
  });
});
