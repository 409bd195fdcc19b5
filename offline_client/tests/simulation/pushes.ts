// What a phone pushed, as every server reads it: the short form written out whole.
import { lengthen } from '../../src/domain/wire.ts';
import type { LogEntry } from '../../src/store/rows.ts';

export interface ReadPush {
  readonly user: string;
  readonly writer: string;
  readonly ops: { op: string; ws: number; body: string }[];
  readonly after?: number;
  readonly h?: string;
  readonly evidence?: { entries: LogEntry[]; sig: string }[];
  readonly incidents?: { kind: string }[];
  readonly pending?: { ops: number; blobs: number };
}

interface ShortPush extends Omit<ReadPush, 'ops' | 'user'> {
  readonly for: string;
  readonly short: readonly string[];
}

/** The push, whole. The short form names person, device and checklist by how their ids begin; `known` are such ids. */
export function wholePush(body: ReadPush | ShortPush, visit: string, known: Iterable<string>): ReadPush {
  if (!('short' in body)) return body;
  const ids = [...known];
  const [user, dev, chk, app, ws] = body.for.split(' ');
  const whole = (beginning = '') => {
    const found = ids.find((id) => id.startsWith(beginning));
    if (found === undefined) throw new Error(`nobody is ${beginning}`);
    return found;
  };
  const common = { visit, user: whole(user), dev: whole(dev), chk: whole(chk), app: app! };
  const ops = body.short.map((each, index) => {
    return { op: each.split(' ', 4)[3]!, ws: Number(ws) + index, body: lengthen(each, common) };
  });
  return { ...body, user: common.user, ops };
}
