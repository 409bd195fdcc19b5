// What people do on their screens: look, and a while later answer; photographs, notes; the lead settles, closes, signs.
import { type Checklist, items } from '../../../src/domain/checklist.ts';
import { type Head, isAnswer } from '../../../src/domain/operations.ts';
import type { CloseReasons, Saved } from '../../../src/state/interface.ts';
import { Unsaved } from '../../../src/state/writer.ts';
import type { History } from './history.ts';
import type { Tab } from './phone.ts';

/** Paths somebody has open in an editor, with what the screen showed when it was opened. */
const editors = new WeakMap<Tab, Map<string, readonly string[]>>();

const STROKES = 'M1 1 L2 2';
const SIGNATURE = { name: 'Cán bộ A', title: 'Trưởng đoàn', strokes: STROKES };

/** What the lead writes when he closes, of each thing that the screen wants a reason for. */
const REASONS: { readonly [blocker: string]: CloseReasons } = {
  unanswered: { unansweredReason: 'chưa kiểm tra hết' },
  no_evidence: { noEvidenceReason: 'không chụp được' },
  held: { heldReason: 'xử lý sau khi ký' },
  missing_photos: { missingPhotosReason: 'ảnh gửi sau' },
  silent: { silentReason: 'gọi rồi' },
};

/** Where each item, and each field of the rows that stand, is answered. */
function answerable(checklist: Checklist, rows: readonly string[]): string[] {
  const plain = items(checklist).filter((item) => item.answer.type !== 'roster');
  return [...plain.map((item) => `item/${item.key}`), ...rows.map((row) => `${row}/co-bien`)];
}

const ids = (heads: readonly Head[]) => heads.map((head) => head.op);

/** One thing somebody does in this tab: what chance says, or this. What the screen calls saved is remembered. */
export async function edit(
  history: History,
  tab: Tab,
  chosen?: 'answer' | 'photo' | 'close' | 'sign',
): Promise<void> {
  const { random } = history;
  const { visit } = tab;
  if (!visit) return;
  const lead = tab.phone.place.lead;
  const rows = (visit.answers.items.get('ban')?.rows ?? []).map((row) => row.path);
  const what =
    chosen ??
    (visit.needsStart
      ? random.weighted({ look: 3, begin: 2 })
      : random.weighted({
          look: 12,
          answer: 40,
          note: 6,
          clear: 3,
          remark: 3,
          row: 3,
          unrow: rows.length > 0 ? 1.5 : 0,
          done: 2,
          assign: lead ? 2 : 0,
          comment: 3,
          uncomment: 1,
          photo: 2,
          detach: 1,
          resolve: lead && visit.contested.length > 0 ? 20 : 0,
          held: lead && visit.held.length > 0 ? 10 : 0,
          close: lead && visit.state === 'open' ? 6 : 0,
          sign: lead && visit.state === 'closed' ? 22 : 0,
          reopen: lead && visit.state === 'closed' ? 3 : 0,
          amend: lead && visit.state === 'signed' ? 3 : 0,
          repin: lead && visit.move !== null ? 8 : 0,
        }));
  const shownItems = answerable(visit.checklist, rows);
  const item = random.pick(shownItems);
  const whole = item.split('/', 2).join('/'); // the item of a row's field
  const open = editors.get(tab) ?? new Map<string, readonly string[]>();
  editors.set(tab, open);
  // The editor of an item that a re-pin took away went with it.
  for (const path of open.keys()) if (!shownItems.includes(path)) open.delete(path);
  history.trace.push(`${tab.phone.name} ${what} ${item}`);
  if (what === 'look') return void open.set(item, ids(visit.heads(item)));

  /** The heads shown of a cell now, unless an editor is open on it since earlier. */
  const shown = (path: string): readonly string[] => {
    const seen = open.get(path) ?? ids(visit.heads(path));
    open.delete(path);
    return seen;
  };
  const write = (seen: readonly string[] | null, work: () => Promise<unknown>): Promise<void> =>
    save(history, tab, what, seen, work);
  const reason = 'đã xem lại tại chỗ';

  switch (what) {
    case 'begin':
      return begin(history, tab);
    case 'answer': {
      const path = open.size > 0 && random.chance(0.7) ? random.pick([...open.keys()]) : item;
      const seen = shown(path);
      return write(seen, () => visit.edit(path, random.pick(['yes', 'no']), seen));
    }
    case 'note': {
      const note = `${whole}/note`;
      const seen = shown(note);
      return write(seen, () => visit.edit(note, `ghi chú ${random.below(1_000)}\ud800`, seen));
    }
    case 'clear': {
      const seen = shown(item);
      return write(seen, () => visit.clear(item, seen));
    }
    case 'remark':
      return write(null, () => visit.addNote(`nhận xét ${random.below(1_000)}`, whole));
    case 'done':
      return write(null, () => visit.team.markDone('chung', !visit.team.done('chung')));
    case 'assign': {
      const people = visit.team.members.map(({ id }) => id).filter(() => random.chance(0.5));
      return write(null, () => visit.team.assign('chung', people));
    }
    case 'comment':
      return write(null, () =>
        visit.team.comment(whole.slice('item/'.length), `trao đổi ${random.below(1_000)}`),
      );
    case 'uncomment': {
      const own = [...visit.team.threads.values()].flat().find((each) => each.mine);
      if (own) await write(null, () => visit.team.takeBack(own));
      return;
    }
    case 'photo': {
      const bytes = picture(history);
      const file = new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' });
      return write(null, () => visit.attachPhoto(whole, file));
    }
    case 'detach': {
      const photo = [...visit.cells.keys()].find((path) => path.startsWith('photo/'));
      if (photo) await write(null, () => visit.detachPhoto(photo.slice('photo/'.length)));
      return;
    }
    case 'resolve': {
      const path = random.pick(visit.contested);
      const heads = visit.heads(path);
      const { value } = random.pick(heads);
      return write(ids(heads), () => visit.resolve(path, value, reason, ids(heads)));
    }
    case 'held': {
      const { op, path } = random.pick(visit.held);
      const adopts = /^item\/[^/]+(\/note)?$/.test(path) && random.chance(0.6);
      const seen = adopts ? ids(visit.heads(path)) : null;
      return write(seen, () => (adopts ? visit.adopt(op, reason, seen ?? []) : visit.dismiss(op, reason)));
    }
    case 'close': {
      visit.photosHere(await tab.phone.photos(history.visit));
      const asked = visit.closeBlockers.flatMap(({ code }) => Object.entries(REASONS[code] ?? {}));
      return write(null, () => visit.close(Object.fromEntries(asked)));
    }
    case 'sign':
      await write(null, () => visit.sign('unit', SIGNATURE));
      if (!tab.dead && random.chance(0.8)) await write(null, () => visit.sign('lead', SIGNATURE));
      return;
    case 'reopen':
      return write(null, () => visit.reopen(reason));
    case 'amend':
      return write(null, () => visit.amend(reason));
    case 'repin':
      return write(null, () => visit.repin(reason));
    case 'row':
      return write(null, () => visit.addRows('ban', [`Bàn ${random.below(20)}`]));
    case 'unrow':
      return write(null, () => visit.deleteRow('ban', random.pick(rows).split('/').at(-1)!));
  }
}

/** The lead starts the surprise visit, as far as this phone knows for the first time. */
export async function begin(history: History, tab: Tab): Promise<void> {
  return save(history, tab, 'begin', null, () => tab.visit!.begin('2026-11-22T07:15'));
}

/** Does `work` and remembers what the screen called saved, with what it showed before: `seen`, or what stands now. */
async function save(
  history: History,
  tab: Tab,
  what: string,
  seen: readonly string[] | null,
  work: () => Promise<unknown>,
): Promise<void> {
  tab.minted = [];
  const before = new Map([...tab.visit!.cells].map(([path, heads]) => [path, ids(heads)]));
  let told: Partial<Saved> | undefined;
  try {
    told = (await work()) as Partial<Saved> | undefined;
  } catch (error) {
    const said = error instanceof Unsaved ? error.code : '';
    const legal = tab.dead || said === 'not_allowed' || (said === 'quota' && tab.phone.full);
    if (said === 'quota' && tab.minted.length > 0)
      history.problems.push(`${what} was said to be not saved, and is stored (I2)`);
    if (!legal) history.problems.push(`could not ${what}: ${error} ${(error as Error).cause ?? ''}`);
    for (const row of tab.minted) tab.phone.holds.add(row.op);
    return;
  }
  for (const { op, bh, body } of tab.minted) {
    tab.phone.holds.add(op);
    const { path, par } = JSON.parse(body) as { path: string; par: string[] };
    // A close reads what is stored before it freezes it; its own cell is no answer that anybody looks at.
    const shownThere = isAnswer(path) ? (before.get(path) ?? []) : par;
    history.saved.set(op, { by: tab.phone.place.user, bh, path, seen: seen ?? shownThere });
  }
  const ops = Object.fromEntries(tab.minted.map(({ op, bh }) => [op, bh]));
  if (told?.op && !(told.op in ops))
    history.problems.push(`${told.op} was called saved and is not stored (I2)`);
  history.events.push({ p: tab.phone.name, type: 'info', f: 'save', ops });
}

/** The small picture with a comment of its own after its first marker: valid, and unlike any other. */
function picture(history: History): Buffer {
  const whole = Buffer.from(history.setup.photo, 'base64');
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 18]), history.random.bytes(16)]);
  return Buffer.concat([whole.subarray(0, 2), comment, whole.subarray(2)]);
}
