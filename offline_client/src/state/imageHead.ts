// How large a picture is, upright, and when it was taken, as its first bytes say; null when they do not; and whether
// all of it is there. Pure.

interface Size {
  readonly width: number;
  readonly height: number;
}

export function orientedSize(head: Uint8Array, kind: string): Size | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    if (kind === 'image/jpeg') return jpeg(view);
    if (kind === 'image/png') return { width: view.getUint32(16), height: view.getUint32(20) };
  } catch {
    // The head ended before it said so.
  }
  return null;
}

/** Whether a picture that cannot be decoded now has its end: one that was cut short will never be decoded. */
export function isWhole(bytes: Uint8Array, kind: string): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (kind === 'image/jpeg') return hasEnd(view);
    if (kind === 'image/png') return view.getUint32(bytes.length - 8) === PNG_END;
    return kind === 'image/webp' && view.getUint32(4, true) + 8 <= bytes.length;
  } catch {
    return false;
  }
}

/** Of a JPEG: after its head, whose small picture has an end of its own; other things may follow it. */
function hasEnd(view: DataView): boolean {
  let at = 2;
  while (view.getUint16(at) !== 0xffda) {
    if (view.getUint8(at) !== 0xff) return false;
    at += 2 + view.getUint16(at + 2);
  }
  for (let end = view.byteLength - 2; end > at; end -= 1) if (view.getUint16(end) === 0xffd9) return true;
  return false;
}

/** The local time at which the camera says it took the picture, `2026-11-29T10:11:12`, with its offset if it has one. */
export function cameraTime(head: Uint8Array, kind: string): { local: string; offset: string | null } | null {
  if (kind !== 'image/jpeg') return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    const tiff = exifOf(view);
    const details = tiff === null ? undefined : wordOf(view, tiff, first(view, tiff), EXIF_DETAILS);
    if (tiff === null || details === undefined) return null;
    const said = (tag: number, length: number) => asciiOf(view, tiff, tiff + details, tag, length);
    const [, day, time] = /^(\d{4}:\d\d:\d\d) (\d\d:\d\d:\d\d)$/.exec(said(TAKEN, 19)) ?? [];
    const local = `${day?.replaceAll(':', '-')}T${time}`;
    if (!day || Number.isNaN(Date.parse(`${local}Z`))) return null;
    const offset = said(TAKEN_OFFSET, 6);
    return { local, offset: /^[+-]\d\d:\d\d$/.test(offset) ? offset : null };
  } catch {
    return null; // the head ended before it said so
  }
}

const EXIF = 0x45786966;
const PNG_END = 0x49454e44;
const ORIENTATION = 0x0112;
const EXIF_DETAILS = 0x8769;
const TAKEN = 0x9003;
const TAKEN_OFFSET = 0x9011;

/** Walks the segments up to the frame header; an orientation of 5 to 8 lays the picture on its side. */
function jpeg(view: DataView): Size | null {
  let at = 2;
  let turned = false;
  for (;;) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker === 0xffe1 && view.getUint32(at + 4) === EXIF) turned = orientation(view, at + 10) >= 5;
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return turned ? { width: height, height: width } : { width, height };
    }
    if (marker >> 8 !== 0xff || marker === 0xffda || length < 2) return null;
    at += 2 + length;
  }
}

function orientation(view: DataView, tiff: number): number {
  const at = entryOf(view, tiff, first(view, tiff), ORIENTATION);
  return at === null ? 1 : view.getUint16(at + 8, isLittle(view, tiff));
}

/** Where the TIFF part of the first EXIF segment begins. */
function exifOf(view: DataView): number | null {
  for (let at = 2; view.getUint16(at) >> 8 === 0xff && view.getUint16(at) !== 0xffda; ) {
    if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === EXIF) return at + 10;
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return null;
}

const isLittle = (view: DataView, tiff: number) => view.getUint16(tiff) === 0x4949;
const first = (view: DataView, tiff: number) => tiff + view.getUint32(tiff + 4, isLittle(view, tiff));

/** Where the entry of a tag stands in the directory at `from`. */
function entryOf(view: DataView, tiff: number, from: number, tag: number): number | null {
  const little = isLittle(view, tiff);
  for (let entry = 0; entry < view.getUint16(from, little); entry += 1) {
    const at = from + 2 + 12 * entry;
    if (view.getUint16(at, little) === tag) return at;
  }
  return null;
}

function wordOf(view: DataView, tiff: number, from: number, tag: number): number | undefined {
  const at = entryOf(view, tiff, from, tag);
  return at === null ? undefined : view.getUint32(at + 8, isLittle(view, tiff));
}

/** A text of more than four letters stands elsewhere; '' when the tag is not there. */
function asciiOf(view: DataView, tiff: number, from: number, tag: number, length: number): string {
  const place = wordOf(view, tiff, from, tag);
  if (place === undefined) return '';
  const letters = Array.from({ length }, (_, n) => view.getUint8(tiff + place + n));
  return String.fromCharCode(...letters);
}
