// A server of docs/sync.md in memory, behind `fetch`, so that the real Api, driver and store run
// against it and every fault can be placed between any two steps. It numbers, chains and holds as
// the specification says; it is not the product's server (tests/simulation of the project runs that).
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { effectiveParents, type Known } from '../../src/domain/operations.ts';
import { canonical, decode, entryBytes, isId } from '../../src/domain/wire.ts';
import type { LogEntry } from '../../src/store/rows.ts';
import { type ReadPush, wholePush } from './pushes.ts';

export const VISIT = 'visit-1';
/** Its clock stands still. */
export const SERVER_NOW = 1_795_316_400_000;
const ZERO = '0'.repeat(64);

export const hex = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

interface VisitLog {
  entries: LogEntry[];
  writers: Map<string, number>;
  slots: Map<string, string>;
}

export interface Reply {
  status: number;
  body: unknown;
}

/** A JSON body, as it is or as gzip; null for anything else. */
async function bodyOf(init: RequestInit) {
  if (new Headers(init.headers).get('Content-Encoding') !== 'gzip')
    return typeof init.body === 'string' ? JSON.parse(init.body) : null;
  return JSON.parse(gunzipSync(init.body as Uint8Array).toString());
}

/** No more than it takes at once; and a writer is an id, left out only where nothing is pushed under one. */
function isWellFormed({ ops, writer, evidence = [], incidents = [] }: ReadPush): boolean {
  const written = isId(writer) || (writer === '' && ops.length === 0);
  return written && ops.length <= 200 && evidence.length <= 20 && incidents.length <= 50;
}

const empty = (): VisitLog => ({ entries: [], writers: new Map(), slots: new Map() });

export class SimulatedServer {
  log = empty();
  user = 'user-a';
  removed = new Set<string>();
  /** False: restored to before the visit was planned. */
  planned = true;
  /** The visit was a surprise, opened by its code, and cancelled before it started. */
  calledOff = false;
  reused: string[] = [];
  checklists = new Map<string, string>();
  /** Another one after a restore. */
  epoch = 'epoch-1';
  blobs = new Map<string, Uint8Array>();
  uploads = new Map<string, { sha256: string; size: number; bytes: Uint8Array }>();
  /** It was restored, and waits for phones to give back. */
  recovering = false;
  /** Called with every request before it is handled; a reply of its own replaces the server's. */
  before: (method: string, path: string) => Reply | undefined = () => undefined;
  /** Called after handling; may replace the reply, or throw to lose it. */
  after: (method: string, path: string, reply: Reply) => Reply = (_method, _path, reply) => reply;
  /** Who opened the visit on which device. */
  devices: () => readonly object[] = () => [];
  /** What it says of its photos when asked for receipts. */
  receipts: () => readonly object[] = () =>
    [...this.blobs].map(([sha256, { length }]) => ({ sha256, size: length, at: 0, safe: false, sig: '' }));
  /** What it tells of the conclusion before, and the small pictures of it by hash. */
  previous: object | null = null;
  /** What the unit's last signed visits answered, by item. */
  earlier: object = {};
  pictures = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Links of QR codes that were not used yet, and whose they are. */
  links = new Map<string, string>();
  requests: string[] = [];
  /** Incidents that phones told, one list per push that carried any. */
  heard: { kind: string; visit?: string; detail?: unknown }[][] = [];
  /** What enrolment says of a store this browser forgot. */
  lost: object | null = null;
  /** The ticket that enrolment hands out, and that opens `drop`. */
  ticket = 'ticket-1';

  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? 'GET';
    const [path = '', query = ''] = String(input).split('?');
    this.requests.push(`${method} ${path}`);
    const early = this.before(method, path);
    const reply = early ?? this.after(method, path, await this.#handle(method, path, query, init));
    if (reply.status === 299) return reply.body as Response;
    return new Response(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body), {
      status: reply.status,
    });
  };

  /** A copy of everything, to be restored later: an older backup. */
  backup(): VisitLog {
    const { entries, writers, slots } = this.log;
    return { entries: [...entries], writers: new Map(writers), slots: new Map(slots) };
  }

  async #handle(method: string, path: string, query: string, init: RequestInit): Promise<Reply> {
    const stamp = { proto: 1, epoch: this.epoch, server_now: SERVER_NOW };
    const body = await bodyOf(init);
    if (path.startsWith('/api/session')) return this.#session(method, path, body);
    if (path.endsWith('/drop')) return this.#drop(body, new Headers(init.headers), stamp);
    const ticket = new Headers(init.headers).get('Authorization');
    if (path.includes('/blobs') && method !== 'GET' && ticket) return this.#blob(method, path, init);
    if (this.signedIn === null) return { status: 401, body: { code: 'LOGIN', message: '', details: {} } };
    if (path.endsWith('/hello')) return { status: 200, body: { ...stamp, public_key: null } };
    if (path.endsWith('/manifest')) return { status: 200, body: { ...stamp, ...this.#manifest(query) } };
    const whose =
      body?.user ??
      body?.for?.split(' ')[0] ??
      new URLSearchParams(query).get('user') ??
      new Headers(init.headers).get('X-VSP-User');
    if (this.signedIn !== undefined && whose !== null && !this.#me.startsWith(whose))
      return { status: 401, body: { code: 'OTHER_USER', message: '', details: {} } };
    if (path.endsWith('/push')) return this.#pushed(path, body, stamp);
    if (path.endsWith('/log')) return this.#page(new URLSearchParams(query), stamp);
    const checklist = /\/checklists\/(\w+)$/.exec(path)?.[1];
    if (checklist && this.checklists.has(checklist))
      return { status: 200, body: this.checklists.get(checklist) };
    if (path.endsWith('/previous')) return { status: 200, body: { ...stamp, ...this.#previous(query) } };
    if (path.endsWith('/earlier')) return { status: 200, body: { ...stamp, ...this.#earlier(query) } };
    if (path.includes('/previous/'))
      return { status: 299, body: new Response(this.pictures.get(path.slice(-64))) };
    if (path.endsWith('/devices')) return { status: 200, body: { ...stamp, devices: this.devices() } };
    if (path.endsWith('/blobs') && method === 'GET')
      return { status: 200, body: { ...stamp, blobs: this.receipts() } };
    if (path.includes('/blobs')) return this.#blob(method, path, init);
    return { status: 404, body: { code: 'NO_SUCH_VISIT', message: '', details: {} } };
  }

  /** Whose session the browser holds; undefined: tests that do not care about sessions. */
  signedIn: string | null | undefined = undefined;
  names = new Map([
    ['user-a', 'Cán bộ A'],
    ['user-b', 'Cán bộ B'],
  ]);
  roles = new Map([
    ['user-a', 'lead'],
    ['user-b', 'member'],
  ]);

  #session(
    method: string,
    path: string,
    body: { login?: string; password?: string; token?: string } | null,
  ): Reply {
    if (method === 'DELETE') this.signedIn = null;
    if (method === 'DELETE') return { status: 299, body: new Response(null, { status: 204 }) };
    if (path.includes('/enrolment')) {
      const whose = this.links.get(body?.token ?? '');
      if (!whose) return { status: 410, body: { code: 'link_over', message: '', details: {} } };
      const login = whose.slice('user-'.length);
      if (path.endsWith('/look'))
        return { status: 200, body: { user: { login, name: this.names.get(whose) } } };
      this.links.delete(body?.token ?? '');
      this.signedIn = whose;
    } else if (method === 'POST') {
      const user = `user-${body?.login ?? ''}`;
      if (body?.password !== 'right' || !this.names.has(user))
        return { status: 401, body: { code: 'wrong_password', message: '', details: {} } };
      this.signedIn = user;
    }
    if (!this.signedIn) return { status: 401, body: { code: 'LOGIN', message: '', details: {} } };
    const login = this.signedIn.slice('user-'.length);
    const user = { id: this.signedIn, login, name: this.names.get(this.signedIn) };
    return {
      status: 200,
      body: {
        user,
        device: path.endsWith('/device') || method === 'POST' ? { id: 'd1', ticket: this.ticket } : null,
        ...(this.lost ? { lost: this.lost } : {}),
      },
    };
  }

  get head() {
    const last = this.log.entries.at(-1);
    return { n: last?.n ?? 0, h: last?.h ?? ZERO };
  }

  get #me(): string {
    return this.signedIn ?? this.user;
  }

  /** Who is shown nothing but what he wrote himself. */
  #isOut(who: string): boolean {
    return this.removed.has(who) || (this.calledOff && this.roles.get(who) !== 'lead');
  }

  #manifest(query: string) {
    const versions = [...this.checklists.keys()];
    const moved = this.log.entries.some(({ st, body }) => st === 'acc' && body?.includes('"kind":"repin"'));
    const chk = (moved ? versions.at(-1) : versions[0]) ?? ZERO;
    const visit = {
      id: VISIT,
      role: this.roles.get(this.#me) ?? 'lead',
      state: 'planned',
      safe_n: this.safeN,
      chk,
      newer: versions.at(-1) === chk ? null : (versions.at(-1) ?? null),
      unit: { name: 'Phường A', kind: 'ward', parent: 'Thị xã' },
      campaign: { id: 'c', title: 'Đợt 1' },
      delegation: 'Đoàn 1',
      planned_on: '2026-11-22',
      title: 'Phiếu',
      members: [...this.names].map(([id, name]) => ({
        id,
        name,
        duty: '',
        lead: this.roles.get(id) === 'lead',
        present: !this.removed.has(id),
      })),
    };
    const own = this.#ownMarks();
    const digest = hex(JSON.stringify([visit, this.#me, this.calledOff, this.planned, own, this.recovering]));
    const listed = this.planned && !this.calledOff && !this.#isOut(this.#me);
    const heads = listed ? { [VISIT]: [this.head.n, this.head.h.slice(0, 16)] } : {};
    const heads_digest = hex(JSON.stringify(heads));
    const [known, knownHeads] = (new URLSearchParams(query).get('known') ?? '').split('.');
    const same = { digest, heads_digest };
    if (known === digest && knownHeads === heads_digest) return { ...same, unchanged: true };
    if (known === digest) return { ...same, heads };
    const user = { id: this.#me, name: this.names.get(this.#me) ?? '' };
    const gone = this.removed.has(this.#me) ? [VISIT] : [];
    return { ...same, heads, user, visits: listed ? [visit] : [], gone, own, recovering: this.recovering };
  }

  /** Of visits that are not listed: how much of the person's own is in the backup. */
  #ownMarks() {
    const mine = this.log.entries.filter(({ actor }) => actor === this.#me).map(({ n }) => n);
    if (!this.#isOut(this.#me) || mine.length === 0) return {};
    return { [VISIT]: { n: Math.max(...mine), safe_n: Math.max(0, ...mine.filter((n) => n <= this.safeN)) } };
  }

  #earlier(query: string) {
    const digest = hex(JSON.stringify(this.earlier)).slice(0, 32);
    if (new URLSearchParams(query).get('known') === digest) return { digest, unchanged: true };
    return { digest, items: this.earlier };
  }

  #previous(query: string) {
    const digest = hex(JSON.stringify(this.previous)).slice(0, 32);
    if (new URLSearchParams(query).get('known') === digest) return { digest, unchanged: true };
    return { digest, previous: this.previous };
  }

  #page(query: URLSearchParams, stamp: object): Reply {
    const after = Number(query.get('after'));
    const { entries } = this.log;
    if (this.#isOut(this.#me)) {
      const own = entries.filter((entry) => entry.actor === this.#me && entry.n > after);
      const last = own.at(-1)?.n ?? after;
      const diverged = this.#isElsewhere(after, query.get('h') ?? '');
      return { status: 200, body: { ...stamp, not_member: true, own, more: false, last, ...diverged } };
    }
    const at = after === 0 ? null : entries[after - 1]?.h;
    if (at !== query.get('h')) {
      const details = { head: this.head };
      return { status: 409, body: { ...stamp, code: 'HISTORY_DIVERGED', message: '', details } };
    }
    const limit = Math.min(Number(query.get('limit')), this.pageLimit);
    const news = this.#news(after, limit, new Set());
    const digest = this.#manifest('').digest;
    return { status: 200, body: { ...stamp, news, head: this.head, safe_n: this.safeN, digest } };
  }

  /** The cursor of somebody who has left, if he tells one, stands in another log than this. */
  #isElsewhere(after: number, h: string) {
    const told = after > 0 && h !== '' && h !== ZERO;
    return told && !this.log.entries[after - 1]?.h.startsWith(h) ? { diverged: true } : {};
  }

  /** Entries written out whole, but for what this very push has brought and stored as it was. */
  #news(after: number, limit: number, mine: ReadonlySet<string>) {
    const page = this.log.entries.slice(after, after + limit);
    const entries = page.map(({ n: _n, prev: _prev, h: _h, sig: _sig, st, why, bh, body, ...rest }) => {
      if (mine.has(rest.op)) return { mine: 1, recv: rest.recv };
      if (st === 'held' && rest.actor !== this.#me && this.roles.get(this.#me) !== 'lead')
        return { ...rest, why, bh };
      return { ...rest, ...(st === 'held' ? { why } : {}), ...(body === null ? { bh } : { body }) };
    });
    const last = page.at(-1);
    return {
      after,
      entries,
      more: after + page.length < this.log.entries.length,
      ...(last ? { h: last.h, sig: `sig-${last.h}` } : {}),
    };
  }

  pageLimit = 500;
  /** Up to which entry the off-site backup reaches. */
  safeN = 0;

  /** What came with a ticket. */
  drops: Pick<ReadPush, 'ops' | 'evidence'>[] = [];

  /** Without a session: operations are held, under a writer of the server's; what was forgotten is as it was. */
  #drop(body: ReadPush, headers: Headers, stamp: object): Reply {
    if (headers.get('Authorization') !== `Device ${this.ticket}`)
      return { status: 401, body: { code: 'LOGIN', message: '', details: {} } };
    this.drops.push(body);
    if (!isWellFormed(body)) return this.#badEnvelope(stamp);
    this.removed.add(body.user); // what comes this way is held
    this.#refill(body.evidence ?? []);
    for (const { op, body: text } of body.ops)
      if (!this.log.entries.some((entry) => entry.op === op)) this.append('drop', 0, op, text, body.user);
    const sent = new Set(body.ops.map(({ op }) => op));
    const own = this.log.entries.filter(({ op, actor }) => actor === body.user && sent.has(op));
    return { status: 200, body: { ...stamp, taken: body.ops.length, except: [], own } };
  }

  #badEnvelope(stamp: object): Reply {
    return { status: 400, body: { ...stamp, code: 'BAD_ENVELOPE', message: '', details: {} } };
  }

  /** Whether it reads the short form: an older server does not. */
  readsShort = true;

  /** Pushes as they came, in the short form or whole. */
  pushes: Parameters<typeof wholePush>[0][] = [];

  #pushed(path: string, body: Parameters<typeof wholePush>[0], stamp: object): Reply {
    this.pushes.push(body);
    if ('short' in body && !this.readsShort) return this.#badEnvelope(stamp);
    const known = [...this.names.keys(), 'device', 'd1', 'a'.repeat(64), ...this.checklists.keys()];
    const whole = wholePush(body, path.split('/').at(-2)!, known);
    if (!isWellFormed(whole)) return this.#badEnvelope(stamp);
    return { status: 200, body: { ...stamp, ...this.#push(whole) } };
  }

  #push(body: ReadPush) {
    if (body.incidents?.length) this.heard.push(body.incidents);
    const refilled = this.#refill(body.evidence ?? []);
    const results = [];
    for (const pushed of body.ops) {
      const result = this.#accept(body.writer, pushed);
      results.push(result);
      if (result.r === 'forked' || result.r === 'gap' || result.r === 'later') break;
    }
    const stored = results.filter(({ r }) => r === 'ok').map(({ op }) => op);
    return {
      head: this.head,
      safe_n: 0,
      writer_head: this.log.writers.get(body.writer) ?? 0,
      taken: results.length,
      except: results.filter(({ r }) => r !== 'ok'),
      evidence: { taken: refilled, known: 0, refused: 0 },
      ...(body.h === undefined ? {} : { news: this.#behind(body.after ?? 0, body.h, stored) }),
    };
  }

  #behind(after: number, h: string, stored: readonly string[]) {
    const { entries } = this.log;
    if (this.#isOut(this.#me)) {
      const own = entries.filter((entry) => entry.actor === this.#me);
      return { not_member: true, own, more: false, last: own.at(-1)?.n ?? 0, ...this.#isElsewhere(after, h) };
    }
    if (after !== 0 && !(h && entries[after - 1]?.h.startsWith(h))) return { diverged: true };
    const asSent = stored.filter((op) => entries.some((entry) => entry.op === op && entry.st === 'acc'));
    const plain = asSent.filter((op) => {
      const entry = entries.find((each) => each.op === op);
      return (
        JSON.stringify((JSON.parse(entry?.body ?? '{}') as { par: string[] }).par) ===
        JSON.stringify(entry?.epar)
      );
    });
    return this.#news(after, this.pageLimit, new Set(plain));
  }

  /** Signed pieces of an older chain: what the log lacks is appended as it once stood. */
  #refill(pieces: readonly { entries: readonly LogEntry[]; sig: string }[]): number {
    let taken = 0;
    for (const { entries, sig } of pieces) {
      if (!this.signed.has(sig)) continue;
      for (const entry of entries) {
        if (entry.body === undefined || entry.body === null) continue;
        if (this.log.entries.some((each) => each.op === entry.op)) continue;
        this.#appendAs({ ...entry, st: entry.why ? 'held' : 'acc', why: entry.why ?? '' });
        const { writers } = this.log;
        writers.set(entry.writer, Math.max(entry.ws, writers.get(entry.writer) ?? 0));
        this.log.slots.set(`${entry.writer}/${entry.ws}`, entry.op);
        taken += 1;
      }
    }
    return taken;
  }

  /** An operation that must come again later. */
  laterFor = '';
  /** Every signature this server ever gave. */
  readonly signed = new Set<string>();

  #accept(writer: string, { op, ws, body }: { op: string; ws: number; body: string }) {
    if (op === this.laterFor) return { op, r: 'later' };
    const { writers, slots, entries } = this.log;
    const head = writers.get(writer) ?? 0;
    const known = entries.find((entry) => entry.op === op);
    const slot = slots.get(`${writer}/${ws}`);
    if (known && ws === head + 1) this.#take(writer, ws, op);
    if (known && known.bh !== hex(body)) {
      this.reused.push(body);
      return { op, r: 'idreuse' };
    }
    if (slot !== undefined && slot !== op) return { op, r: 'forked' };
    if (known) return { op, r: 'dup' };
    if (ws !== head + 1) return { op, r: 'gap', expect: head + 1 };
    this.#take(writer, ws, op);
    this.append(writer, ws, op, body);
    return { op, r: 'ok' };
  }

  #take(writer: string, ws: number, op: string): void {
    this.log.writers.set(writer, ws);
    this.log.slots.set(`${writer}/${ws}`, op);
  }

  append(writer: string, ws: number, op: string, body: string, actor = this.#me): LogEntry {
    const { entries } = this.log;
    const operation = decode(new TextEncoder().encode(body));
    const held = this.#isOut(actor);
    const known = new Map<string, Known>();
    for (const entry of entries) {
      const other = decode(new TextEncoder().encode(entry.body ?? ''));
      if (entry.st === 'acc' && other.path === operation.path)
        known.set(entry.op, { value: canonical(other.value), parents: entry.epar });
    }
    return this.#appendAs({
      op,
      body,
      actor,
      writer,
      ws,
      recv: SERVER_NOW + entries.length,
      st: held ? ('held' as const) : ('acc' as const),
      why: held ? (this.removed.has(actor) ? 'NOT_MEMBER' : 'CANCELLED') : '',
      epar: held ? [] : effectiveParents(op, operation.kind, operation.parents, known),
    });
  }

  #appendAs(given: Omit<LogEntry, 'n' | 'prev' | 'h' | 'sig' | 'bh'>): LogEntry {
    const fields = { ...given, n: this.head.n + 1, prev: this.head.h, bh: hex(given.body ?? '') };
    const bytes = entryBytes({
      visit: VISIT,
      n: fields.n,
      prev: Buffer.from(fields.prev, 'hex'),
      op: fields.op,
      bodyHash: Buffer.from(fields.bh, 'hex'),
      actor: fields.actor,
      writer: fields.writer,
      ws: fields.ws,
      receivedAt: fields.recv,
      status: fields.st,
      why: fields.why,
      parents: fields.epar,
    });
    const h = hex(bytes);
    const entry: LogEntry = { ...fields, h, sig: `sig-${h}` };
    this.signed.add(entry.sig);
    this.log.entries.push(entry);
    return entry;
  }

  chunksToFail = 0;

  async #blob(method: string, path: string, init: RequestInit): Promise<Reply> {
    const headers = new Headers(init.headers);
    const answer = (status: number, extra: Record<string, string> = {}): Reply => ({
      status: 299,
      body: new Response(null, { status, headers: extra }),
    });
    if (method === 'POST') {
      const metadata = new Map(
        (headers.get('Upload-Metadata') ?? '').split(',').map((pair) => {
          const [key = '', value = ''] = pair.split(' ');
          return [key, atob(value)] as const;
        }),
      );
      const id = `u${this.uploads.size + 1}`;
      const sha256 = metadata.get('sha256') ?? '';
      this.uploads.set(id, { sha256, size: Number(headers.get('Upload-Length')), bytes: new Uint8Array() });
      return answer(201, { Location: `/api/sync/v1/visits/${VISIT}/blobs/uploads/${id}` });
    }
    const upload = this.uploads.get(path.split('/').at(-1) ?? '');
    if (!upload) return answer(404);
    if (method === 'HEAD') return answer(200, { 'Upload-Offset': String(upload.bytes.length) });
    if (Number(headers.get('Upload-Offset')) !== upload.bytes.length) return answer(409);
    const chunk = init.body as Uint8Array;
    upload.bytes = Uint8Array.from([...upload.bytes, ...chunk]);
    // The bytes arrived and the reply is lost: the next attempt must ask where the server stands.
    if (this.chunksToFail-- > 0) throw new TypeError('network');
    if (upload.bytes.length === upload.size) {
      if (hex(upload.bytes) !== upload.sha256) {
        this.uploads.delete(path.split('/').at(-1) ?? '');
        return { status: 422, body: { code: 'BLOB_HASH', message: '', details: {} } };
      }
      this.blobs.set(upload.sha256, upload.bytes);
    }
    return answer(204, { 'Upload-Offset': String(upload.bytes.length) });
  }
}
