// What this person wrote last on this screen, so that a slip can be taken back. Taking back is one more edit, with an
// author and a place in the history: nothing is ever unwritten.
import type { Head } from '../domain/operations.ts';
import type { Json } from '../domain/wire.ts';

/** An edit of ours and what stood in the cell before it; null: nothing did. */
export interface Undoable {
  readonly op: string;
  readonly path: string;
  readonly before: Json;
  /** The operation it replaced. */
  readonly replaced: string | undefined;
}

const KEPT = 50;

/** The value an edit replaces, as its author saw it: that of the first head it names. */
export function replacedBy(heads: readonly Head[], seen: readonly string[]): Json {
  return heads.find((head) => head.op === seen[0])?.value ?? null;
}

export function noted(steps: readonly Undoable[], step: Undoable): readonly Undoable[] {
  return [...steps, step].slice(-KEPT);
}

/** After a step was taken back by `op`, which now stands for what the step had replaced. */
export function takenBack(steps: readonly Undoable[], step: Undoable, op: string): readonly Undoable[] {
  const left = steps.filter((each) => each.op !== step.op);
  return left.map((each) => (each.op === step.replaced ? { ...each, op } : each));
}

/** The last edit that still stands alone in its cell: what somebody has answered since is never taken back. */
export function lastStanding(
  steps: readonly Undoable[],
  heads: (path: string) => readonly Head[],
): Undoable | null {
  const stands = ({ op, path }: Undoable) => heads(path).length === 1 && heads(path)[0]?.op === op;
  return steps.findLast(stands) ?? null;
}
