// How large a picture is, upright, as its first bytes say; null when they do not. Pure.

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

const EXIF = 0x45786966;
const ORIENTATION = 0x0112;

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
  const little = view.getUint16(tiff) === 0x4949;
  const first = tiff + view.getUint32(tiff + 4, little);
  for (let entry = 0; entry < view.getUint16(first, little); entry += 1) {
    const at = first + 2 + 12 * entry;
    if (view.getUint16(at, little) === ORIENTATION) return view.getUint16(at + 8, little);
  }
  return 1;
}
