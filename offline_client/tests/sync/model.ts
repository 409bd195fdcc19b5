// A server, phones and their rounds as plain sets and counters, for driving `step` alone: no store, no network, no
// promises. Effects of several rounds may be carried out in any order, fail before or after they took effect, or be
// answered twice.
import { type Cursor, type LogEntry, START } from '../../src/store/rows.ts';
import type { OpToPush, Piece, PushResult } from '../../src/sync/protocol.ts';
import { type Effect, type Event, IDLE, type RoundState, type Shown, step } from '../../src/sync/step.ts';

interface Entry {
  readonly op: string;
  readonly user: string;
  readonly writer: string;
  readonly ws: number;
}

interface Own extends OpToPush {
  writer: string;
  ws: number;
  seen: boolean;
}

const PAGE = 3;
const HANDED = 4;
const OFFERED = 2;

/** The link after `prev`: two logs have the same hash only if they are the same. */
const links = new Map<string, string>();
function link(prev: string, { op }: Entry): string {
  const key = `${prev} ${op}`;
  const known = links.get(key) ?? `h${links.size + 1}`;
  links.set(key, known);
  return known;
}

export class ModelServer {
  log: Entry[] = [];
  readonly away = new Set<string>();
  #backups: Entry[][] = [[]];

  keep(): void {
    this.#backups.push([...this.log]);
  }

  restore(which: number): void {
    this.log = [...this.#backups[which % this.#backups.length]!];
  }

  hashAt(n: number): string {
    return this.log.slice(0, n).reduce(link, START.h);
  }

  push(user: string, writer: string, ops: readonly OpToPush[], evidence: readonly Piece[], after: Cursor) {
    for (const piece of evidence as unknown as { entries: Entry[] }[])
      for (const entry of piece.entries) if (!this.#has(entry.op)) this.log.push(entry);
    const except: PushResult[] = [];
    for (const { op, ws } of ops) {
      const r = this.#take({ op, user, writer, ws });
      if (r === 'ok') continue;
      except.push({
        op,
        r: r.startsWith('gap') ? 'gap' : (r as 'dup'),
        expect: Number(r.split(' ')[1] ?? 0) || null,
      });
      if (r !== 'dup') break;
    }
    return { except, shown: this.show(user, after) };
  }

  show(user: string, { n, h }: Cursor): Shown {
    if (this.away.has(user)) {
      const own = this.#entries(0).filter((entry) => entry.actor === user && entry.n > n);
      return { kind: 'own', own, more: false, last: own.at(-1)?.n ?? n };
    }
    if (n > this.log.length || this.hashAt(n) !== h) return { kind: 'diverged' };
    return { kind: 'page', entries: this.#entries(n).slice(0, PAGE), more: this.log.length > n + PAGE };
  }

  #has(op: string): boolean {
    return this.log.some((entry) => entry.op === op);
  }

  #take(entry: Entry): string {
    // Numbers are counted by what the log holds; a re-wrapped duplicate uses its number up.
    const used = this.log.filter((each) => each.writer === entry.writer).map((each) => each.ws);
    const at = Math.max(0, this.#dups.get(entry.writer) ?? 0, ...used);
    if (this.#has(entry.op)) {
      if (entry.ws === at + 1) this.#dups.set(entry.writer, entry.ws);
      return 'dup';
    }
    if (entry.ws <= at) return 'forked';
    if (entry.ws > at + 1) return `gap ${at + 1}`;
    this.log.push(entry);
    return 'ok';
  }

  readonly #dups = new Map<string, number>();

  #entries(after: number): LogEntry[] {
    let prev = START.h;
    const all = this.log.map(({ op, user, writer, ws }, index) => {
      const h = link(prev, { op, user, writer, ws });
      const shared = { op, actor: user, writer, ws, prev, h, bh: op, n: index + 1, body: '{}', recv: 0 };
      prev = h;
      return { ...shared, st: 'acc' as const, why: '', epar: [], sig: 's' };
    });
    return all.slice(after);
  }
}

/** One round: its state and what it waits for. */
interface Round {
  state: RoundState;
  effect: Effect;
  before: Event | null;
}

export class ModelPhone {
  ops: Own[] = [];
  log: LogEntry[] = [];
  evidence = new Map<string, LogEntry>();
  rounds: Round[] = [];
  writer = '';
  #ws = 0;
  readonly user: string;
  readonly #server: ModelServer;
  readonly #fresh: () => string;

  constructor(user: string, server: ModelServer, fresh: () => string) {
    this.user = user;
    this.#server = server;
    this.#fresh = fresh;
    this.writer = fresh();
  }

  get cursor(): Cursor {
    const last = this.log.at(-1);
    return last ? { n: last.n, h: last.h } : START;
  }

  get outbox(): Own[] {
    return this.ops.filter((op) => !op.seen);
  }

  clone(): ModelPhone {
    const twin = new ModelPhone(this.user, this.#server, this.#fresh);
    twin.ops = this.ops.map((op) => ({ ...op }));
    twin.log = [...this.log];
    twin.evidence = new Map(this.evidence);
    twin.writer = this.writer;
    twin.#ws = this.#ws;
    return twin;
  }

  edit(): string {
    const op = this.#fresh();
    this.#ws += 1;
    this.ops.push({ op, body: '{}', writer: this.writer, ws: this.#ws, seen: false });
    return op;
  }

  begin(): void {
    this.#go(
      { state: IDLE, effect: { type: 'readOutbox', offered: [], own: false }, before: null },
      { type: 'start', cursor: this.cursor },
    );
  }

  /** Carries out what a round waits for; `fate` says whether and when it fails. */
  proceed(which: number, fate: 'well' | 'before' | 'after'): void {
    const round = this.rounds[which % Math.max(1, this.rounds.length)];
    if (!round) return;
    const storage = !['pull', 'push'].includes(round.effect.type);
    const failed: Event = { type: 'failed', failure: { kind: storage ? 'storage' : 'offline' } };
    const event = fate === 'before' ? failed : this.#carryOut(round.effect);
    this.#go(round, fate === 'well' ? event : failed);
  }

  /** The answer before comes once more: it must change nothing that a first one would not. */
  repeat(which: number): void {
    const round = this.rounds[which % Math.max(1, this.rounds.length)];
    if (!round?.before) return;
    const { state, effects } = step(round.state, round.before);
    const [effect] = effects;
    if (effect) throw new Error(`a repeated ${round.before.type} moved the round on to ${effect.type}`);
    if (state.phase !== round.state.phase) throw new Error('a repeated answer changed the phase');
  }

  #go(round: Round, event: Event): void {
    const { state, effects } = step(round.state, event);
    const others = this.rounds.filter((each) => each !== round);
    const [effect] = effects;
    if (!effect) throw new Error(`stopped in phase ${state.phase} after ${event.type}`);
    this.rounds = effect.type === 'finish' ? others : [...others, { state, effect, before: event }];
  }

  #carryOut(effect: Effect): Event {
    switch (effect.type) {
      case 'pull':
        return { type: 'pulled', from: effect.after, shown: this.#server.show(this.user, effect.after) };
      case 'push': {
        const { writer, ops, evidence, after } = effect;
        return { type: 'pushed', from: after, ...this.#server.push(this.user, writer, ops, evidence, after) };
      }
      case 'store':
        return this.#store(effect.from, effect.entries);
      case 'acceptOwn':
        for (const entry of effect.entries) this.evidence.set(entry.op, entry);
        this.#see(effect.entries);
        return { type: 'accepted' };
      case 'drop':
        for (const entry of this.log) this.evidence.set(entry.op, entry);
        this.log = [];
        for (const op of this.ops) op.seen = false;
        return { type: 'dropped' };
      case 'readOutbox':
        return { type: 'outbox', ops: this.outbox.slice(0, HANDED), evidence: this.#offer(effect.offered) };
      case 'readFrom': {
        const held = this.ops.filter((op) => op.writer === effect.writer && op.ws >= effect.expect);
        held.sort((a, b) => a.ws - b.ws);
        const whole = held.every((op, index) => op.ws === effect.expect + index);
        return { type: 'outbox', ops: whole ? held : [], evidence: [] };
      }
      case 'rewrap':
        this.writer = this.#fresh();
        this.#ws = 0;
        for (const op of this.outbox) {
          this.#ws += 1;
          op.writer = this.writer;
          op.ws = this.#ws;
        }
        return { type: 'repaired' };
      default:
        throw new Error(`no ${effect.type} can happen here: nobody reuses an id`);
    }
  }

  #store(from: Cursor, entries: readonly LogEntry[]): Event {
    const last = entries.at(-1)!;
    const done = this.cursor.n === last.n && this.cursor.h === last.h;
    const stored = done || (this.cursor.n === from.n && this.cursor.h === from.h);
    if (stored && !done) {
      this.log = [...this.log, ...entries];
      this.#see(entries);
    }
    return { type: 'stored', stored, cursor: this.cursor, reused: [] };
  }

  #see(entries: readonly LogEntry[]): void {
    const there = new Set(entries.map((entry) => entry.op));
    for (const op of this.ops) op.seen ||= there.has(op.op);
  }

  #offer(offered: readonly string[]): Piece[] {
    const there = new Set([...this.log.map((entry) => entry.op), ...offered]);
    const lacking = [...this.evidence.values()].filter((entry) => !there.has(entry.op));
    return lacking.slice(0, OFFERED).map(({ op, actor, writer, ws }) => {
      const entries = [{ op, user: actor, writer, ws }];
      return { after: 0, prev: START.h, entries, sig: op } as unknown as Piece;
    });
  }
}
