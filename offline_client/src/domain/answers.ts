// The answers of a visit: cells (path -> standing heads) grouped per item and row, and judged against the
// checklist. Twin of app/domain/answers.py. Unanswered, not applicable and not asked are three different
// states; contested cells keep every candidate. A value that the checklist does not allow is read as
// unanswered: nothing here throws on what a device sent.
import {
  type Checklist,
  type Item,
  items,
  type RosterField,
  type RosterPart,
  type Typed,
} from './checklist.ts';
import { FRAME_LIMIT, SIZE_LIMIT } from './sampling.ts';
import { canonical, type Json } from './wire.ts';

/** What the fold leaves standing in a cell, as far as answers are concerned. */
export interface Head {
  readonly op: string;
  readonly value: Json;
}

export type Cells = ReadonlyMap<string, readonly Head[]>;

/** One distinct value standing in a cell (null: unanswered), with the lowest op that says so. */
export interface Candidate {
  readonly op: string;
  readonly value: Json;
}

/** A cell as it is read: no candidates if never written, several if contested, ordered by op. */
export interface Cell {
  readonly path: string;
  readonly candidates: readonly Candidate[];
  readonly contested: boolean;
  /** The value, or while contested the one of the lowest op. */
  readonly value: Json;
}

/** A row of a roster that stands. */
export interface Row {
  readonly uuid: string;
  readonly path: string;
  readonly label: Cell;
  /** The `order` cell. */
  readonly position: Cell;
  /** Where the row stands; ties by uuid. */
  readonly order: string;
  readonly fields: ReadonlyMap<string, Cell>;
  /** Deleted by one, edited by another who had not seen it. */
  readonly deletionContested: boolean;
}

export interface ItemAnswer {
  readonly key: string;
  readonly value: Cell;
  readonly na: Cell;
  readonly note: Cell;
  readonly claimed: Cell;
  readonly observedAt: Cell;
  /** Of what the rows were drawn, and how; never written unless the roster is a sample. */
  readonly sample: Cell;
  readonly rows: readonly Row[];
  /** UUIDs of rows whose normalised labels are equal. */
  readonly duplicates: readonly (readonly string[])[];
  /** UUIDs of photos of the item or of its standing rows. */
  readonly photos: readonly string[];
  /** UUIDs of the standing rows that have a photo. */
  readonly photographed: ReadonlySet<string>;
}

export interface Answers {
  readonly items: ReadonlyMap<string, ItemAnswer>;
  /** Paths of all contested cells of items and rows, sorted. */
  readonly contested: readonly string[];
}

// ---------------------------------------------------------------------------- judging a value

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get in
const UNCLEAN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]/u;
const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const MOST = 1_000_000_000; // counted things
const LARGEST = 100_000_000_000; // hundredths
const SAMPLE = new Set(['frame', 'size', 'seed']);
const SEED = /^[0-9A-Za-z._:/-]{1,160}$/;
const DETAILS = new Set(['number', 'issued_on', 'signer', 'kind']);

/** Judges an item's value; null if it is fine (null as value always is: unanswered), else a problem code. */
export function checkValue(item: Item, value: Json): string | null {
  return check(item.answer, value);
}

/** Judges the value of a roster field; null if it is fine, else a problem code. */
export function checkField(field: RosterField, value: Json): string | null {
  return check(field, value);
}

/** Judges what the unit reports of itself: like the value, but of a roster only the counted ratio. */
export function checkClaim(item: Item, value: Json): string | null {
  if (!item.answer.claimed) return 'claim_not_asked';
  if (value === null || item.answer.type !== 'roster') return checkValue(item, value);
  return checkCounted(value, new Set(['observed', 'total']));
}

/** Judges what a sample is drawn from: the frame's size, how many to draw, and the seed that fixes which. */
export function checkSample(item: Item, value: Json): string | null {
  const plan = item.answer.type === 'roster' ? item.answer.sample : undefined;
  if (plan === undefined) return 'sample_not_asked';
  if (value === null) return null;
  const beside = [...(plan.period ? ['period'] : []), ...(plan.source ? ['source'] : [])];
  if (!isTable(value) || !Object.keys(value).every((key) => SAMPLE.has(key) || beside.includes(key)))
    return 'not_a_sample';
  const { frame, size, seed } = value;
  if (!isWhole(frame, 1, FRAME_LIMIT) || !isWhole(size, 1, SIZE_LIMIT) || seed === undefined)
    return 'not_a_sample';
  if (size > frame) return 'sample_above_frame';
  if (typeof seed !== 'string' || !SEED.test(seed)) return 'not_a_seed';
  return checkBeside(value);
}

/** Judges free text: not empty, no control characters or lone surrogates, at most `longest` characters. */
export function checkText(value: Json | undefined, longest: number): string | null {
  if (typeof value !== 'string') return 'not_text';
  if (UNCLEAN.test(value)) return 'text_unclean';
  if (value === '') return 'text_empty';
  return [...value].length <= longest ? null : 'text_too_long';
}

/** Says whether it is a real day written as 2020-08-31. */
export function isDate(value: Json | undefined): value is string {
  const match = typeof value === 'string' ? DATE.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

function check(spec: Typed, value: Json): string | null {
  if (value === null) return null;
  switch (spec.type) {
    case 'yes_no':
      return value === 'yes' || value === 'no' ? null : 'not_yes_or_no';
    case 'choice':
      return spec.choices.some((option) => option.key === value) ? null : 'not_a_choice';
    case 'choices':
      return checkChoices(new Set(spec.choices.map((option) => option.key)), value);
    case 'ratio':
      return checkRatio(value, spec.period ?? false, spec.source ?? false);
    case 'number':
      return checkNumber(spec, value);
    case 'text':
      return checkText(value, spec.max_length ?? 2000);
    case 'date':
      return isDate(value) ? null : 'not_a_date';
    case 'time':
      return typeof value === 'string' && TIME.test(value) ? null : 'not_a_time';
    case 'document':
      return checkDocument(value);
    case 'roster':
      return value === 'none' ? null : 'not_none_here';
  }
}

function checkChoices(keys: ReadonlySet<string>, value: Json): string | null {
  if (!isList(value) || !value.every((each) => typeof each === 'string' && keys.has(each)))
    return 'not_choices';
  return new Set(value).size === value.length ? null : 'choice_twice';
}

function checkRatio(value: Json, period: boolean, source: boolean): string | null {
  const allowed = ['observed', 'total', ...(period ? ['period'] : []), ...(source ? ['source'] : [])];
  const problem = checkCounted(value, new Set(allowed));
  return problem !== null || !isTable(value) ? problem : checkBeside(value);
}

/** Judges the period and source that stand beside counts, where there are any. */
function checkBeside(value: { readonly [key: string]: Json }): string | null {
  if ('period' in value && !isPeriod(value.period ?? null)) return 'not_a_period';
  return 'source' in value ? checkText(value.source, 500) : null;
}

function checkCounted(value: Json, allowed: ReadonlySet<string>): string | null {
  if (!isTable(value) || !Object.keys(value).every((key) => allowed.has(key))) return 'not_a_ratio';
  const { observed, total } = value;
  if (!isWhole(observed, 0, MOST) || !isWhole(total, 0, MOST)) return 'not_a_ratio';
  return observed <= total ? null : 'observed_above_total';
}

function isWhole(value: Json | undefined, least: number, most: number): value is number {
  return Number.isInteger(value) && least <= (value as number) && (value as number) <= most;
}

function isPeriod(value: Json): boolean {
  if (!isTable(value) || Object.keys(value).sort().join() !== 'from,to') return false;
  return isDate(value.from) && isDate(value.to) && value.from <= value.to;
}

function checkNumber(spec: { min?: number; max?: number; whole?: boolean }, value: Json): string | null {
  if (!isWhole(value, -LARGEST, LARGEST)) return 'not_a_number';
  if (spec.whole && value % 100 !== 0) return 'not_whole';
  if (value < (spec.min ?? value)) return 'below_minimum';
  return value > (spec.max ?? value) ? 'above_maximum' : null;
}

/** A document shown has at least one of its details; one not shown is exactly {"shown": false}. */
function checkDocument(value: Json): string | null {
  if (!isTable(value)) return 'not_a_document';
  const keys = Object.keys(value);
  if (value.shown === false && keys.length === 1) return null;
  if (keys.length === 0 || !keys.every((key) => DETAILS.has(key))) return 'not_a_document';
  if ('issued_on' in value && !isDate(value.issued_on)) return 'not_a_date';
  const texts = ['number', 'signer', 'kind'].filter((name) => name in value);
  return texts.map((name) => checkText(value[name], 300)).find((problem) => problem !== null) ?? null;
}

// ---------------------------------------------------------------------------- reading cells

type Found = Map<string, readonly Head[]>;

/** Groups cells into answers; cells of items the checklist does not have are left out. */
export function read(checklist: Checklist, cells: Cells): Answers {
  const all = items(checklist);
  const own = new Map<string, Found>(all.map((item) => [item.key, new Map()]));
  for (const [path, heads] of cells) own.get(itemOf(path, heads) ?? '')?.set(path, heads);
  const answers = new Map(all.map((item) => [item.key, readItem(item, own.get(item.key)!)]));
  return { items: answers, contested: [...answers.values()].flatMap(contestedPaths).sort(byUnit) };
}

/** Names the item that a cell belongs to: by its path, or for a photo that still stands by what it shows. */
export function itemOf(path: string, heads: readonly Head[]): string | null {
  const [kind, key] = path.split('/');
  if (kind === 'item') return key!;
  return kind === 'photo' ? (photoOf(heads)?.item ?? null) : null;
}

/** Reads one item from the cells that belong to it. */
export function readItem(item: Item, cells: Cells): ItemAnswer {
  const own: Found = new Map();
  const rows = new Map<string, Found>();
  const photos: { photo: string; row: string }[] = [];
  for (const [path, heads] of cells) {
    const [kind, key, part = '', row, name] = path.split('/');
    if (kind === 'photo') photos.push({ photo: key!, row: photoOf(heads)!.row });
    else if (row === undefined) own.set(part, heads);
    else rowOf(rows, row).set(name!, heads);
  }
  return itemAnswer(item, own, rows, photos);
}

function rowOf(rows: Map<string, Found>, uuid: string): Found {
  const row = rows.get(uuid) ?? new Map();
  rows.set(uuid, row);
  return row;
}

/** Which item and row (or '') a photo that still stands belongs to. */
function photoOf(heads: readonly Head[]): { item: string; row: string } | null {
  for (const head of heads) {
    const of = isTable(head.value) ? head.value.of : undefined;
    if (typeof of === 'string' && of.startsWith('item/')) {
      const [, item, , row = ''] = of.split('/');
      return { item: item!, row };
    }
  }
  return null;
}

type Check = (value: Json) => string | null;

function readCell(path: string, heads: readonly Head[] | undefined, judge: Check): Cell {
  const candidates = heads === undefined ? [] : candidatesOf(heads, judge);
  return { path, candidates, contested: candidates.length > 1, value: candidates[0]?.value ?? null };
}

function candidatesOf(heads: readonly Head[], judge: Check): readonly Candidate[] {
  const judged = heads.map(({ op, value }) => ({ op, value: judge(value) === null ? value : null }));
  if (judged.length < 2) return judged; // nearly always: nothing to compare
  const found = new Map<string, Candidate>();
  for (const each of judged.sort((a, b) => byUnit(a.op, b.op))) {
    const key = canonical(each.value);
    if (!found.has(key)) found.set(key, each);
  }
  return [...found.values()];
}

function itemAnswer(
  item: Item,
  own: Found,
  rows: ReadonlyMap<string, Found>,
  photos: readonly { photo: string; row: string }[],
): ItemAnswer {
  const path = `item/${item.key}`;
  const naAllowed: Check = (value) => (item.not_applicable && isTable(value) ? null : 'na_not_allowed');
  const roster = item.answer.type === 'roster' ? item.answer : null;
  const found =
    roster === null ? [] : [...rows].map(([uuid, parts]) => readRow(item.key, roster, uuid, parts));
  const standing = found.filter((row) => row !== null);
  standing.sort((a, b) => byUnit(a.order, b.order) || byUnit(a.uuid, b.uuid));
  const uuids = new Set(['', ...standing.map((row) => row.uuid)]);
  return {
    key: item.key,
    value: readCell(path, own.get(''), (value) => checkValue(item, value)),
    na: readCell(`${path}/na`, own.get('na'), naAllowed),
    note: readCell(`${path}/note`, own.get('note'), textOrClear),
    claimed: readCell(`${path}/claimed`, own.get('claimed'), (value) => checkClaim(item, value)),
    observedAt: readCell(`${path}/observed_at`, own.get('observed_at'), textOrClear),
    sample: readCell(`${path}/sample`, own.get('sample'), (value) => checkSample(item, value)),
    rows: standing,
    duplicates: duplicates(standing),
    photos: photos
      .filter((each) => uuids.has(each.row))
      .map((each) => each.photo)
      .sort(byUnit),
    photographed: new Set(photos.map((each) => each.row).filter((row) => row !== '' && uuids.has(row))),
  };
}

/** Reads one row; null if it is gone: every standing deletion says so and one of them saw all that stands. */
function readRow(itemKey: string, roster: RosterPart, uuid: string, parts: Found): Row | null {
  const path = `item/${itemKey}/row/${uuid}`;
  const standing = [...parts].flatMap(([name, heads]) =>
    name === 'deleted' ? [] : heads.map((head) => head.op),
  );
  const deletions = parts.get('deleted') ?? [];
  const deleted = deletions.map((head) => seenBy(head.value)).filter((seen) => seen !== null);
  const sawAll = deleted.some((seen) => standing.every((op) => seen.has(op)));
  if (standing.length === 0 || (sawAll && deleted.length === deletions.length)) return null;
  const position = readCell(`${path}/order`, parts.get('order'), textOrClear);
  const fields = roster.fields.map(
    (field) =>
      [
        field.key,
        readCell(`${path}/${field.key}`, parts.get(field.key), (value) => checkField(field, value)),
      ] as const,
  );
  return {
    uuid,
    path,
    label: readCell(`${path}/label`, parts.get('label'), textOrClear),
    position,
    order: typeof position.value === 'string' ? position.value : '',
    fields: new Map(fields),
    deletionContested: deleted.length > 0,
  };
}

function textOrClear(value: Json): string | null {
  return value === null || typeof value === 'string' ? null : 'not_text';
}

function seenBy(deletion: Json): ReadonlySet<Json> | null {
  const seen = isTable(deletion) ? (deletion.seen ?? null) : null;
  return isList(seen) ? new Set(seen) : null;
}

function duplicates(rows: readonly Row[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const label = String(row.label.value ?? '')
      .normalize('NFC')
      .toLowerCase();
    const normal = label.replace(/[ \t\n\r\u00a0]+/g, ' ').replace(/^ | $/g, '');
    if (normal !== '') groups.set(normal, [...(groups.get(normal) ?? []), row.uuid]);
  }
  return [...groups.values()].filter((uuids) => uuids.length > 1);
}

/** Lists the paths of the contested cells of an item and its rows. */
export function contestedPaths(answer: ItemAnswer): string[] {
  const cells = [answer.value, answer.na, answer.note, answer.claimed, answer.observedAt, answer.sample];
  for (const row of answer.rows) cells.push(row.label, row.position, ...row.fields.values());
  const deletions = answer.rows.filter((row) => row.deletionContested).map((row) => `${row.path}/deleted`);
  return [...cells.filter((cell) => cell.contested).map((cell) => cell.path), ...deletions];
}

/** Orders ids, paths and order keys, which are ASCII, as the server does. */
export function byUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isTable(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !isList(value);
}
