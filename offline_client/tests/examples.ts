// What tests of the store and of the rounds begin with: one operation, one entry of the log, one photo.
import type { LogEntry } from '../src/store/rows.ts';

export const minted = (op: string, visit = 'v') => ({ op, visit, body: `{"op":"${op}"}`, bh: `hash-${op}` });

/** The n-th entry of a visit, of one author and writer. */
export const entryOf = (n: number, op = `op${n}`, change: Partial<LogEntry> = {}): LogEntry => ({
  n,
  op,
  body: '{}',
  actor: 'a',
  writer: 'w',
  ws: n,
  recv: 0,
  st: 'acc',
  why: '',
  epar: [],
  bh: `hash-${op}`,
  prev: `h${n - 1}`,
  h: `h${n}`,
  sig: '',
  ...change,
});

export const photo = {
  visit: 'v',
  sha256: 's',
  mime: 'image/jpeg',
  size: 3,
  bytes: new Uint8Array([1, 2, 3]).buffer,
};
