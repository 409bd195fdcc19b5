// One history: several people on several phones edit one visit while chance does to the network, the phones and the
// server what it likes. Then everything heals, and the oracles look. All of it follows from the seed.
import { cursorOf } from '../../../src/store/log.ts';
import { outbox } from '../../../src/store/ops.ts';
import { handIn } from '../../../src/sync/drop.ts';
import { IDLE_EVERY_MS } from '../../../src/sync/loop.ts';
import type { Outcome } from '../../../src/sync/step.ts';
import { wholePush } from '../pushes.ts';
import { type Clocks, rightClocks } from './clocks.ts';
import { begin, edit } from './editing.ts';
import { hex, seededUuids, sha256, verifier } from './machine.ts';
import {
  FATES,
  type Fate,
  Network,
  type Question,
  type Reply,
  type Sender,
  type Server,
  type Waiting,
} from './network.ts';
import { type Final, lookAtPhones, lookAtSavings, sayAllAgain } from './oracles.ts';
import { Phone, type Place, Tab, type Tables, type World } from './phone.ts';
import type { Prepare } from './preparing.ts';
import { Random } from './random.ts';
import { Seal, type Surprise } from './seal.ts';

export interface Setup {
  readonly visit: string;
  /** The server's public key. */
  readonly key: string;
  readonly places: readonly Place[];
  /** A small picture; each one taken is made different. */
  readonly photo: string;
  readonly surprise: Surprise;
}

export interface Told {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  /** Rounds of all phones until every outbox was empty. */
  readonly rounds: number;
  readonly entries: number;
  readonly requests: number;
  /** The same for the same seed, whatever the phones' clocks say. */
  readonly trace: string;
}

/** What a person's screen called saved. */
export interface Saving {
  readonly by: string;
  readonly bh: string;
  readonly path: string;
  /** The heads of the cell that the screen showed when the edit began. */
  readonly seen: readonly string[];
}

interface Timer {
  readonly at: number;
  readonly tab: Tab;
  readonly work: () => void;
}

const BEGINNING = Date.UTC(2026, 10, 22, 1);
const MOST_ROUNDS = 12;
const FEWEST = 3; // phones of a history
/** How many of the histories play a surprise visit, and how many have a plot. */
const SURPRISES = 0.2;
const PLOTTED = 0.2;
const PLOTTED_TWICE = 0.1;
/** What happens at even distances beside all that chance does: rare faults are found only where several things meet. */
const PLOTS = [
  // The server goes back, and only others' phones hold what a lost one wrote since.
  ['backup', 'wipe', 'back'],
  // One tab is shown what the server forgets a moment later, while another asks from the same place.
  ['tabs', 'backup', 'back'],
] as const;
/** It goes back and cannot be written to: all see it and give back nothing of what a lost one wrote. Then, further. */
const TWICE = ['shared', 'backup', 'orphan', 'jam', 'back', 'meet', 'beginning'] as const;
/** How many end as a day does: the lead photographs, closes and signs; in half of them after somebody has left. */
const ENDED = 0.1;
/** How many of the histories fill a phone's disk for a while; where and when is drawn apart. */
const FILLED = 0.1;
const SKEWS = [0, 3_600_000, -86_400_000, 70 * 31_557_600_000, -70 * 31_557_600_000];

export class History implements World {
  readonly visit: string;
  readonly verify: World['verify'];
  readonly network: Network;
  readonly random: Random;
  readonly setup: Setup;
  readonly server: Server;
  readonly seed: number;
  readonly phones: Phone[] = [];
  readonly saved = new Map<string, Saving>();
  /** Saved, and then nobody had it any more: the server went back and every phone that held it was lost. */
  readonly lost = new Set<string>();
  readonly problems: string[] = [];
  readonly faults = new Map<string, number>();
  readonly events: object[] = [];
  /** People who are not members just now. */
  readonly away = new Set<string>();
  readonly closed = new Set<string>();
  readonly trace: string[] = [];
  readonly prepare: Prepare;
  readonly clocks: Clocks;
  /** Of a surprise visit: what the server may not tell before its start. Other histories have none. */
  readonly seal: Seal | null;
  /** Every checklist that a phone has had of the visit. */
  readonly chks = new Set<string>();
  #clock = BEGINNING;
  #timers: Timer[] = [];
  #stirs = 0;
  #requests = 0;
  #tabs = 0;
  #backups = 0;
  #published = false;
  /** The server can be read and not be written to: its disk is full. */
  #jammed = false;
  readonly #plot: readonly (typeof PLOTS | readonly [typeof TWICE])[number][number][];
  /** From which part of the history to which a disk is full, and whose. */
  readonly #full: { readonly from: number; readonly to: number; readonly phone: number } | null;
  readonly #offline = new Set<Phone>();
  readonly #phoneBackups = new Map<Phone, { tables: Tables; holds: ReadonlySet<string> }>();
  readonly #may: Readonly<Record<string, boolean>>;

  /** Whether it is a surprise is decided apart: all other histories are what they would be without any. */
  constructor(
    server: Server,
    setup: Setup,
    seed: number,
    prepare: Prepare,
    clocks = rightClocks,
    surprise = new Random(`a surprise ${seed}`).chance(SURPRISES),
  ) {
    this.server = server;
    this.setup = setup;
    this.seed = seed;
    this.prepare = prepare;
    this.clocks = clocks;
    this.visit = setup.visit;
    this.random = new Random(`history ${seed}`);
    this.seal = surprise ? new Seal(setup) : null;
    this.verify = verifier(setup.key);
    const plot = new Random(`plot ${seed}`);
    const twice = new Random(`goes back twice ${seed}`).chance(PLOTTED_TWICE) ? TWICE : [];
    this.#plot = plot.chance(PLOTTED) ? plot.pick(PLOTS) : twice;
    const disk = new Random(`disk ${seed}`);
    const from = disk.next() * 0.7;
    const full = { from, to: from + 0.1 + disk.next() * 0.2, phone: disk.below(FEWEST) };
    this.#full = disk.chance(FILLED) ? full : null;
    this.network = new Network(server, this.random, (...all) => this.#looked(...all));
    const kinds = ['restore', 'clone', 'wipe', 'rewind', 'member', 'account', 'clock', 'publish', 'tabs'];
    this.#may = Object.fromEntries(kinds.map((kind) => [kind, this.random.chance(0.45)]));
  }

  // ------------------------------------------------------------------ World

  now(): number {
    return this.#clock;
  }

  after(tab: Tab, ms: number, work: () => void): () => void {
    const timer = { at: this.#clock + ms, tab, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  stir(): void {
    this.#stirs += 1;
  }

  outcome(tab: Tab, outcome: Outcome): void {
    if (outcome.kind === 'failed') this.#count(`a phone met: ${outcome.failure.kind}`, 0);
    if (outcome.kind === 'failed' && outcome.failure.kind === 'chain_broken')
      this.problems.push(`${tab.phone.name} was shown a chain that does not hold (I5)`);
  }

  // ------------------------------------------------------------------ running

  async run(): Promise<Told> {
    const places = this.#chosenPlaces();
    const tables: Tables[] = [];
    for (const place of places) tables.push(await this.prepare(place, this.clocks, this.seal !== null));
    await this.plan();
    await this.server.order('keep', { name: 'backup 0' });
    for (const [index, place] of places.entries()) {
      const phone = new Phone(`phone ${index}`, place, this.clocks(place));
      this.phones.push(phone);
      if (this.random.chance(0.9)) await phone.refill(tables[index]!);
      await this.#startTab(phone);
    }
    const steps = 20 + Math.floor(-Math.log(1 - this.random.next()) * 18);
    const turns = this.#plot.map((_, k) => Math.floor(((k + 1) * steps) / (this.#plot.length + 1)));
    for (let i = 0; i < steps; i += 1) {
      this.#clock += this.random.below(500);
      this.#fillDisk(i / steps);
      await this.#act();
      await this.settle();
      const turn = this.#plot[turns.indexOf(i)];
      if (!turn) continue;
      await this[`do_${turn}`]();
      await this.settle();
    }
    const evening = new Random(`an evening ${this.seed}`);
    if (evening.chance(ENDED)) {
      if (evening.chance(0.5)) await this.#sendAfterLeaving();
      await this.#endDay();
    }
    const rounds = await this.#heal();
    const final = await this.#look();
    for (const phone of this.phones) for (const tab of phone.tabs) tab.close();
    return {
      seed: this.seed,
      problems: [...new Set(this.problems)],
      faults: Object.fromEntries(this.faults),
      rounds,
      entries: final.log.length,
      requests: this.#requests,
      trace: hex([...this.trace, final.clockless].join('\n')),
    };
  }

  /** The server as it was planned: the visit announced, or a surprise. */
  async plan(): Promise<void> {
    seededUuids(() => this.random.uuid());
    await this.server.order('put_back', { name: 'beginning', fresh: true });
    if (!this.seal) return;
    this.#count('surprise visit');
    await this.server.order('surprise', { visit: this.visit, ...this.setup.surprise });
  }

  /** Three to eight phones; the lead's first one is always there, and for a surprise his second. */
  #chosenPlaces(): Place[] {
    const [first, ...others] = this.setup.places;
    const chosen = others.filter(({ lead }) => this.random.chance(0.22) || (this.seal !== null && lead));
    while (1 + chosen.length < FEWEST) {
      const more = this.random.pick(others);
      if (!chosen.includes(more)) chosen.push(more);
    }
    return [first!, ...chosen];
  }

  async #act(): Promise<void> {
    const what = this.random.weighted({ edit: 34, deliver: 44, ...this.#rare() });
    this.trace.push(what);
    if (what === 'edit') return this.#edit();
    if (what === 'deliver') return this.#deliver();
    return this[`do_${what}`]();
  }

  #rare() {
    const { restore, clone, wipe, rewind, member, account, clock, publish, tabs } = this.#may;
    return {
      land: this.network.air.length > 0 ? 6 : 0,
      time: 6,
      unlock: this.seal ? 8 : 0,
      kill: 4,
      start: tabs ? 9 : 3,
      offline: 3,
      backup: 1.2,
      restore: restore ? 1 : 0,
      clone: clone ? 0.6 : 0,
      wipe: wipe ? 0.6 : 0,
      rewind: rewind ? 1 : 0,
      member: member ? 0.9 : 0,
      account: account && this.closed.size === 0 ? 0.4 : 0,
      clock: clock ? 1 : 0,
      publish: publish && !this.#published ? 2 : 0,
    };
  }

  /** A member is taken out while his phone has something to send, and the lead has read what was held of it. */
  async #sendAfterLeaving(): Promise<void> {
    const isMember = ({ user, lead }: Place) => !lead && !this.away.has(user) && !this.closed.has(user);
    const phone = this.phones.find(({ place }) => isMember(place));
    if (!phone) return;
    await edit(this, phone.tabs[0] ?? (await this.#startTab(phone)), 'answer');
    await this.settle();
    this.#count('member removed');
    await this.#seat(phone.place.user, false);
    for (const each of [phone, this.phones[0]!]) await this.#syncOnce(each);
  }

  /** On the lead's phone; whether his photo has been sent when he closes is chance. */
  async #endDay(): Promise<void> {
    const [phone] = this.phones;
    const tab = phone!.tabs[0] ?? (await this.#startTab(phone!));
    for (const what of ['photo', 'close', 'sign'] as const) {
      await edit(this, tab, what);
      await this.settle();
      if (what === 'photo' && this.random.chance(0.5)) await this.#syncOnce(phone!);
    }
  }

  #fillDisk(gone: number): void {
    if (!this.#full) return;
    const { from, to } = this.#full;
    const phone = this.phones[this.#full.phone]!;
    const full = gone >= from && gone < to;
    if (full && !phone.full) this.#count('disk full');
    phone.full = full;
  }

  /** Until nothing moves but requests that wait for their fate. */
  async settle(): Promise<void> {
    for (let again = true; again; ) {
      again = false;
      for (let calm = 0; calm < 3; ) {
        const stirs = this.#stirs;
        await new Promise((done) => setImmediate(done));
        const busy = this.phones.some((phone) => phone.tabs.some((tab) => tab.busy > 0));
        calm = busy || stirs !== this.#stirs ? 0 : calm + 1;
      }
      for (const phone of this.phones) {
        for (const tab of phone.tabs) {
          const stirs = this.#stirs;
          await tab.look().catch((error: unknown) => {
            if (!tab.dead) throw error;
          });
          again ||= stirs !== this.#stirs;
          for (const { op, readable } of tab.learned.splice(0)) if (readable) phone.holds.add(op);
        }
      }
    }
    await this.network.settleDead();
  }

  #count(kind: string, by = 1): void {
    if (by > 0) this.faults.set(kind, (this.faults.get(kind) ?? 0) + by);
  }

  async #startTab(phone: Phone): Promise<Tab> {
    this.#tabs += 1;
    const tab = new Tab(phone, this, `tab ${this.seed} ${this.#tabs}`);
    phone.tabs.push(tab);
    await tab.start();
    await this.settle();
    return tab;
  }

  get #living(): Tab[] {
    return this.phones.flatMap((phone) => phone.tabs);
  }

  // ------------------------------------------------------------------ what chance does

  async #edit(): Promise<void> {
    const ready = this.#living.filter((tab) => tab.visit);
    if (ready.length === 0) return this.do_start();
    const tab = this.random.pick(ready);
    await edit(this, tab);
  }

  async #deliver(): Promise<void> {
    const { waiting } = this.network;
    const urgent = waiting.filter((each) => !isListening(each));
    const among = urgent.length > 0 && this.random.chance(0.92) ? urgent : waiting;
    if (among.length === 0) return this.do_time();
    const chosen = this.random.pick(among);
    const phone = (chosen.sender as Tab).phone;
    const refused = this.#refuses(chosen) && 'refused unread';
    const fate: Fate = this.#offline.has(phone) ? 'request lost' : refused || this.random.weighted(FATES);
    this.trace.push(`${phone.name} ${chosen.method} ${fate}`);
    if (fate !== 'delivered') this.#count(fate);
    await this.network.decide(chosen, fate);
  }

  async do_land(): Promise<void> {
    await this.network.land();
  }

  async do_time(): Promise<void> {
    const [next] = this.#timers.filter((each) => !each.tab.dead).sort((a, b) => a.at - b.at);
    if (!next) return;
    this.#timers = this.#timers.filter((each) => each !== next && !each.tab.dead);
    this.#clock = Math.max(this.#clock, next.at);
    next.work();
  }

  /** The system ends an app: now, or at one of its next steps in the store. */
  async do_kill(): Promise<void> {
    if (this.#living.length === 0) return;
    const tab = this.random.pick(this.#living);
    this.#count('app killed');
    if (this.random.chance(0.3)) tab.die();
    else tab.fuse = this.random.below(9);
  }

  /** An app is started: again, or in a second tab. */
  async do_start(): Promise<void> {
    const idle = this.phones.filter((phone) => phone.tabs.length === 0);
    if (idle.length > 0) return void (await this.#startTab(this.random.pick(idle)));
    const phone = this.random.pick(this.phones);
    if (phone.tabs.length > 1 || this.random.chance(this.#may['tabs'] ? 0.2 : 0.6)) return;
    this.#count('second tab');
    await this.#startTab(phone);
  }

  /** A member types the start code, which opens the visit on a phone to which the server does not show it yet. */
  async do_unlock(): Promise<void> {
    const without = this.#living.filter((tab) => !tab.row && !tab.phone.place.lead);
    if (without.length === 0) return;
    const opened = await this.random.pick(without).unlock(this.setup.surprise.code);
    if (opened) this.#count('opened by its code');
  }

  /** Every phone has the app open twice. */
  async do_tabs(): Promise<void> {
    for (const phone of this.phones) while (phone.tabs.length < 2) await this.#startTab(phone);
  }

  async do_offline(): Promise<void> {
    const phone = this.random.pick(this.phones);
    if (this.#offline.delete(phone)) return;
    this.#count('phone offline');
    this.#offline.add(phone);
  }

  async do_clock(): Promise<void> {
    this.#count('clock jumps');
    this.random.pick(this.phones).skew = this.random.pick(SKEWS);
  }

  async do_backup(): Promise<void> {
    this.#backups += 1;
    await this.server.order('keep', { name: `backup ${this.#backups}` });
    this.seal?.keep(this.#backups);
    for (const phone of this.phones.filter(() => this.random.chance(0.4)))
      this.#phoneBackups.set(phone, { tables: await phone.contents(), holds: new Set(phone.holds) });
  }

  /** The server goes back to a backup, and says so or not; members are as they were then. */
  async do_restore(chosen?: number): Promise<void> {
    const told = this.random.chance(0.5);
    this.#count(told ? 'server restored' : 'server restored without a word');
    const before = [...this.away].sort().map((user) => ({ user, present: false }));
    const backup = chosen ?? this.random.below(this.#backups + 1);
    await this.server.order('put_back', { name: `backup ${backup}`, told });
    this.seal?.putBack(backup);
    const users = new Set(this.setup.places.map((place) => place.user));
    for (const user of users)
      if (!before.some((each) => each.user === user) && !this.#isLead(user))
        await this.server.order('member', { user, present: true });
    for (const each of before) await this.server.order('member', each);
    for (const user of this.closed) await this.server.order('close_account', { user });
    if (this.#published) await this.#publish();
    this.events.push({ p: 'server', type: 'info', f: 'restore' });
    await this.#reckon();
  }

  /** To the newest backup. */
  async do_back(): Promise<void> {
    return this.do_restore(this.#backups);
  }

  async do_jam(): Promise<void> {
    this.#count('server could not write');
    this.#jammed = true;
  }

  #refuses({ method }: Question): boolean {
    return this.#jammed && method !== 'GET';
  }

  /** Every phone has the app open and asks once. */
  async do_meet(): Promise<void> {
    for (const phone of this.phones.filter(({ place }) => !this.closed.has(place.user))) {
      if (phone.tabs.length === 0) await this.#startTab(phone);
      await this.#syncOnce(phone);
    }
  }

  /** To what it was before anybody wrote; it can be written to again. */
  async do_beginning(): Promise<void> {
    this.#jammed = false;
    return this.do_restore(0);
  }

  async do_clone(): Promise<void> {
    if (this.phones.length >= 8) return;
    this.#count('phone cloned');
    const from = this.random.pick(this.phones);
    const twin = new Phone(`phone ${this.phones.length}`, from.place, from.ahead);
    await twin.refill(await from.contents());
    for (const op of from.holds) twin.holds.add(op);
    this.phones.push(twin);
    await this.#startTab(twin);
  }

  /** What somebody answers reaches all others. */
  async do_shared(): Promise<Phone | null> {
    const ready = this.#living.filter((tab) => tab.visit && !this.closed.has(tab.phone.place.user));
    if (ready.length === 0) return null;
    const tab = this.random.pick(ready);
    await edit(this, tab, 'answer');
    await this.settle();
    for (let times = 0; times < 2; times += 1) await this.do_meet();
    return tab.phone;
  }

  /** And then his phone is lost. */
  async do_orphan(): Promise<void> {
    const author = await this.do_shared();
    if (author) await this.#lose(author);
  }

  /** The browser throws everything away. */
  async do_wipe(): Promise<void> {
    await this.#lose(this.random.pick(this.phones));
  }

  async #lose(phone: Phone): Promise<void> {
    this.#count('store lost');
    await this.#end(phone);
    phone.holds.clear();
    await phone.refill(new Map());
    await this.#reckon();
  }

  /** A phone goes back to its own backup, or loses what it wrote last. */
  async do_rewind(): Promise<void> {
    const phone = this.random.pick(this.phones);
    const backup = this.#phoneBackups.get(phone);
    if (!backup) return;
    this.#count('phone rewound');
    await this.#end(phone);
    phone.holds.clear();
    for (const op of backup.holds) phone.holds.add(op);
    await phone.refill(backup.tables);
    await this.#reckon();
  }

  async do_member(): Promise<void> {
    const others = this.setup.places.filter((place) => !place.lead).map((place) => place.user);
    const user = this.random.pick(others);
    const present = this.away.has(user);
    this.#count(present ? 'member back' : 'member removed');
    await this.#seat(user, present);
  }

  /** An account is closed while its owner is offline: only the device's ticket is left. */
  async do_account(): Promise<void> {
    const place = this.random.pick(this.setup.places.filter((each) => !each.lead));
    this.#count('account closed');
    this.closed.add(place.user);
    await this.server.order('close_account', { user: place.user });
    await this.#reckon();
  }

  /** A corrected version of the checklist is published; the lead may move the visit to it. */
  async do_publish(): Promise<void> {
    this.#count('checklist corrected');
    this.#published = true;
    await this.#publish();
  }

  async #publish(): Promise<void> {
    await this.server.order('publish', { user: this.setup.places.find((place) => place.lead)!.user });
  }

  async #seat(user: string, present: boolean): Promise<void> {
    await this.server.order('member', { user, present });
    if (present) this.away.delete(user);
    else this.away.add(user);
  }

  #isLead(user: string): boolean {
    return this.setup.places.some((place) => place.lead && place.user === user);
  }

  async #end(phone: Phone): Promise<void> {
    for (const tab of [...phone.tabs]) tab.die();
    await this.settle();
  }

  /** After something was lost: what nobody can give back is gone, by physics. */
  async #reckon(): Promise<void> {
    const there = new Set(await this.server.order<string[]>('known', { visit: this.visit }));
    for (const { holds } of this.phones) for (const op of holds) there.add(op);
    for (const op of this.saved.keys()) if (!there.has(op)) this.lost.add(op);
  }

  /** Every reply of the server, whoever hears it: what it acknowledged, and whether it told too much. */
  #looked(sender: Sender, question: Question, reply: Reply): void {
    this.#requests += 1;
    const { user, device, lead } = (sender as Tab).phone.place;
    if (!lead && this.seal?.isToldBy(reply.body))
      this.problems.push('a member was told of a surprise visit that had not started');
    const told = reply.status === 200 && question.path.includes('/sync/') ? readJson(reply.body) : null;
    const news = (told?.['news'] ?? {}) as { entries?: unknown[] };
    if ((this.away.has(user) || this.closed.has(user)) && (news.entries?.length ?? 0) > 0)
      this.problems.push('somebody who is no member was shown the log (I18)');
    if (question.method !== 'POST' || !/\/(push|drop)$/.test(question.path)) return;
    const body = wholePush(JSON.parse(String(question.body)), this.visit, [user, device, ...this.chks]);
    const p = `request ${this.#requests}`;
    const ops = Object.fromEntries(body.ops.map((each) => [each.op, hex(each.body)]));
    this.events.push({ p, type: 'invoke', f: 'push', visit: this.visit, user: body.user, ops });
    if (!told) return void this.events.push({ p, type: 'info', f: 'push' });
    const results = (told['except'] ?? []) as { op: string; r: string }[];
    const except = new Map(results.map((each) => [each.op, each.r]));
    const taken = body.ops.slice(0, told['taken'] as number).map((each) => each.op);
    const acknowledged = taken.filter((op) => (except.get(op) ?? 'dup') === 'dup');
    this.events.push({ p, type: 'ok', f: 'push', ops: acknowledged });
    const stored = new Set(acknowledged);
    this.seal?.note(body.ops.filter((each) => stored.has(each.op)));
    if ((told['evidence'] as { taken?: number } | undefined)?.taken)
      this.seal?.note((body.evidence ?? []).flatMap((piece) => piece.entries as { body?: string }[]));
  }

  // ------------------------------------------------------------------ the end

  /** The network is fair, nobody edits, everybody is there: returns how many rounds that took. */
  async #heal(): Promise<number> {
    this.#offline.clear();
    this.#jammed = false;
    for (const phone of this.phones) phone.full = false;
    this.#clock += 30_000;
    for (const tab of this.#living) tab.fuse = null;
    while (this.network.air.length > 0) await this.network.land();
    await this.settle();
    for (const user of [...this.away]) if (this.random.chance(0.6)) await this.#seat(user, true);
    for (const phone of this.phones) if (phone.tabs.length === 0) await this.#startTab(phone);
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      if (round === 3) await this.server.order('end_recovery');
      await this.#beginAtLast();
      for (const phone of this.phones) await this.#syncOnce(phone);
      if (await this.#isQuiet()) return round;
    }
    this.problems.push(`some outbox is not empty after ${MOST_ROUNDS} fair rounds (I17)`);
    return MOST_ROUNDS;
  }

  /** A surprise visit whose start is not known to its lead's phone is started now, as he would. */
  async #beginAtLast(): Promise<void> {
    const tab = this.phones[0]!.tabs[0]!;
    if (!tab.visit?.needsStart) return;
    await begin(this, tab);
    await this.settle();
  }

  /** A phone's first contact, with nothing in the way. */
  async firstContact(phone: Phone): Promise<void> {
    const tab = await this.#startTab(phone);
    await this.#pump(tab);
    tab.close();
  }

  async #syncOnce(phone: Phone): Promise<void> {
    const [tab] = phone.tabs;
    if (!tab) return;
    if (this.closed.has(phone.place.user)) return this.seal?.holds ? undefined : this.#handIn(tab);
    this.#clock += this.seal ? IDLE_EVERY_MS : 1_000; // what is sealed shows on the list, and that is asked seldom
    void tab.loop.now();
    await this.#pump(tab);
  }

  /** Delivers what this tab asks until it only waits for news. */
  async #pump(tab: Tab): Promise<void> {
    for (let asked = 0; asked < 200; asked += 1) {
      await this.settle();
      const next = this.network.waiting.find((each) => each.sender === tab && !isListening(each));
      if (!next) return;
      await this.network.decide(next, this.#refuses(next) ? 'refused unread' : 'delivered');
    }
    this.problems.push(`${tab.phone.name} asks and asks (I17)`);
  }

  async #handIn(tab: Tab): Promise<void> {
    const { database, api } = tab;
    const { ticket, device, user: userId } = tab.phone.place;
    const handing = handIn({ database, api, sha256, ticket, device, userId });
    let failure: unknown = null;
    handing.catch((error: unknown) => {
      failure = error;
    });
    await this.#pump(tab);
    await handing.catch(() => {});
    if (failure) this.problems.push(`${tab.phone.name} could not hand in: ${failure}`);
  }

  async #isQuiet(): Promise<boolean> {
    const cursors = new Set<string>();
    for (const { place, tabs } of this.phones) {
      const database = tabs[0]!.database;
      if ((await outbox(database, this.visit)).length > 0) return false;
      if (!this.away.has(place.user) && !this.closed.has(place.user))
        cursors.add((await cursorOf(database, this.visit)).h);
    }
    return cursors.size === 1 && cursors.has(await this.server.order<string>('head', { visit: this.visit }));
  }

  async #look(): Promise<Final> {
    this.events.push({ p: 'all', type: 'info', f: 'lost', ops: [...this.lost] });
    const events = this.events.map((event, i) => ({ i, ...event }));
    const final = await this.server.order<Final>('final', { visit: this.visit, events });
    this.problems.push(...final.problems);
    lookAtSavings(this, final);
    await lookAtPhones(this, final);
    if (this.random.chance(0.25)) await sayAllAgain(this, final);
    return final;
  }
}

function isListening(waiting: Waiting): boolean {
  return waiting.path.includes('wait=');
}

function readJson(body: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return null;
  }
}
