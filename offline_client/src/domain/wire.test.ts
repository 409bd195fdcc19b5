// The wire vectors, read by both runtimes: tests/domain/test_wire.py is the other reader.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BodyError,
  canonical,
  compareCodePoints,
  decode,
  entryBytes,
  entryHash,
  type Json,
  lengthen,
  receiptBytes,
  shorten,
} from './wire.ts';

interface Case {
  readonly description: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs per topic
  readonly given: any;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs per topic
  readonly expect: any;
}

const folder = new URL('../../../tests/vectors/wire/', import.meta.url);
const files = readdirSync(folder).sort();
const cases = files.flatMap((file) => {
  const groups = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }[];
  return groups.flatMap((group) =>
    group.cases.map((each) => ({ topic: file.replace('.json', ''), ...each })),
  );
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const sha256 = (raw: Uint8Array) => createHash('sha256').update(raw).digest('hex');

function decoded(given: Case['given'], wanted: Case['expect']): unknown {
  const raw =
    given.hex === undefined
      ? new TextEncoder().encode(given.body.replace('%PAD%', 'x'.repeat(given.pad ?? 0)))
      : bytes(given.hex);
  try {
    const { value: val, parents: par, version: v, ...rest } = decode(raw);
    return wanted.kind === undefined ? { operation: { ...rest, val, par, v } } : { kind: rest.kind };
  } catch (problem) {
    if (problem instanceof BodyError) return { hold: problem.code };
    throw problem;
  }
}

function hashed(given: Case['given']): unknown {
  const fields = {
    ...given,
    prev: bytes(given.prev),
    bodyHash: bytes(given.bh),
    receivedAt: given.recv,
    status: given.st,
    parents: given.epar,
  };
  return { bytes: hex(entryBytes(fields)), hash: entryHash(fields, sha256) };
}

function receipt({ visit, sha256: photo, size, safe }: Case['given']): unknown {
  const raw = receiptBytes(visit, bytes(photo), size, safe);
  return { bytes: hex(raw), hash: sha256(raw) };
}

test.each(cases)('$topic: $description', ({ topic, given, expect: wanted }) => {
  if (topic === 'decode') expect(decoded(given, wanted)).toEqual(wanted);
  else if (topic === 'canonical') expect(canonical(given.value)).toBe(wanted.canonical);
  else if (topic === 'receipt_hash') expect(receipt(given)).toEqual(wanted);
  else if (topic === 'short') {
    expect(shorten(given.body, given.common)).toBe(wanted.short);
    if (wanted.short !== null) expect(lengthen(wanted.short, given.common)).toBe(given.body);
  } else expect(hashed(given)).toEqual(wanted);
});

test('every wire vector is read', () => {
  expect(files).toEqual([
    'canonical.json',
    'decode.json',
    'entry_hash.json',
    'receipt_hash.json',
    'short.json',
  ]);
  expect(cases.length).toBe(92);
});

describe('properties', () => {
  const text = fc.string({ unit: 'binary' });
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      text,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }));

  test('the canonical form of a canonical form is itself', () => {
    fc.assert(
      fc.property(value, (each) => {
        const once = canonical(each);
        expect(canonical(JSON.parse(once) as Json)).toBe(once);
      }),
    );
  });

  test('texts are ordered by code point, as their UTF-8 bytes are', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const byBytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareCodePoints(a, b))).toBe(byBytes);
      }),
    );
  });

  test('bytes that are no operation name their hold reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
        expect(() => decode(raw)).toThrow(BodyError);
      }),
    );
  });
});
