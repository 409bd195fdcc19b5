// Photos as evidence: at most 2,560 px on the long side, JPEG at 0.85, orientation baked in. These
// bytes are what is hashed, sent and sealed; the original stays in the phone's gallery. The canvas
// never exceeds that size: an iPhone silently blackens one of more than 16 megapixels.

export const LONGEST_SIDE = 2_560;
export const QUALITY = 0.85;
export const LARGEST_PHOTO = 12 * 1024 * 1024;

export class PhotoError extends Error {
  override readonly name = 'PhotoError';
  constructor(readonly code: 'not_an_image' | 'too_big') {
    super(code);
  }
}

/** The size to draw at: never larger than the original, never longer than LONGEST_SIDE. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Whether the bytes begin like a picture a phone's camera or gallery makes. */
export function looksLikeImage(start: Uint8Array): boolean {
  const ascii = (from: number, to: number) => String.fromCharCode(...start.slice(from, to));
  return (
    (start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff) ||
    ascii(1, 4) === 'PNG' ||
    (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') ||
    (ascii(4, 8) === 'ftyp' && /^(heic|heix|mif1|msf1|avif)$/.test(ascii(8, 12)))
  );
}

/** The evidence bytes of a picture. Raises PhotoError for what is no picture or stays too large. */
export async function downscale(file: Blob): Promise<ArrayBuffer> {
  if (!looksLikeImage(new Uint8Array(await file.slice(0, 16).arrayBuffer())))
    throw new PhotoError('not_an_image');
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new PhotoError('not_an_image');
  }
  const size = fitted(bitmap.width, bitmap.height);
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext('2d');
  if (!context) throw new PhotoError('too_big');
  // A transparent picture would turn black in a JPEG.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  canvas.width = 0;
  if (!blob || blob.size === 0 || blob.size > LARGEST_PHOTO) throw new PhotoError('too_big');
  return blob.arrayBuffer();
}
