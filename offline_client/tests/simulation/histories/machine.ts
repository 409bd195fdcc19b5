// What a browser gives the client, without time and without threads: hashes at once, seeded ids. With it nothing runs
// between two decisions of a history but callbacks of the store.
import { createHash, createPublicKey, verify } from 'node:crypto';

export function hex(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => hex(bytes);

/** Checks the server's signature over a hash. */
export function verifier(key: string): (h: string, sig: string) => Promise<boolean> {
  const found = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
  return async (h, sig) => verify(null, Buffer.from(h, 'hex'), found, Buffer.from(sig, 'base64url'));
}

/** Some modules hash with the browser's own `crypto`, which answers from another thread. */
export function withoutThreads(): void {
  const digest = async (_name: unknown, bytes: BufferSource): Promise<ArrayBuffer> => {
    const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
    const raw = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return Uint8Array.from(createHash('sha256').update(raw).digest()).buffer;
  };
  Object.defineProperty(globalThis.crypto.subtle, 'digest', { value: digest });
  // Requests go out as they are; packing them is tested with the server (tests/features/sync).
  Reflect.deleteProperty(globalThis, 'CompressionStream');
}

/** Ids that modules ask of the browser itself. */
export function seededUuids(next: () => string): void {
  Object.defineProperty(globalThis.crypto, 'randomUUID', { value: next, configurable: true });
}
