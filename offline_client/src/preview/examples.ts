// Made-up answers for a preview: for each item the best or the worst of a few plausible ones, found by scoring them.
import { checkField, checkValue, type Head, readItem } from '../domain/answers.ts';
import type { Checklist, Item, RosterField, Typed } from '../domain/checklist.ts';
import { items } from '../domain/checklist.ts';
import { lookupIn, scoreItem } from '../domain/scoring.ts';
import type { Json } from '../domain/wire.ts';

export type Wish = 'best' | 'worst';
/** Values by path. */
type Written = ReadonlyMap<string, Json>;

const ROWS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
const DAYS = ['2026-01-05', '2026-02-05'];
const PERIOD = { period: { from: '2026-01-01', to: '2026-01-31' } };
const SOURCE = { source: 'Phần mềm một cửa' };

/** Every answer of an example visit, by path. */
export function examples(checklist: Checklist, wish: Wish): Written {
  return new Map(items(checklist).flatMap((item) => [...chosen(item, wish)]));
}

function chosen(item: Item, wish: Wish): Written {
  const worth = (written: Written) => {
    const cells = new Map([...written].map(([path, value]) => [path, [{ op: path, value } as Head]]));
    const { when: _, ...asked } = item;
    const { earned, fails } = scoreItem(asked, readItem(asked, cells), lookupIn(new Map())).trace;
    return (earned ? Number((earned.n * 10_000n) / earned.d) : 0) - (fails ? 1 : 0);
  };
  const ranked = candidates(item)
    .map((written) => ({ written, worth: worth(written) }))
    .sort((a, b) => b.worth - a.worth);
  return (wish === 'best' ? ranked[0] : ranked.at(-1))?.written ?? new Map();
}

function candidates(item: Item): Written[] {
  const { answer, key } = item;
  if (answer.type !== 'roster')
    return values(answer)
      .filter((value) => checkValue(item, value) === null)
      .map((value) => new Map([[`item/${key}`, value]]));
  if (answer.sample) return []; // its rows are drawn by lot: that is tried by hand
  const widest = Math.max(1, ...answer.fields.map((field) => values(field).length));
  return Array.from({ length: widest }, (_, place) => rows(key, answer.fields, place, answer.row.label.vi));
}

/** Two rows in which every field has its n-th plausible value. */
function rows(key: string, fields: readonly RosterField[], place: number, label: string): Written {
  const written = new Map<string, Json>();
  for (const [index, uuid] of ROWS.entries()) {
    const base = `item/${key}/row/${uuid}`;
    written
      .set(`${base}/order`, index === 0 ? 'U' : 'V')
      .set(`${base}/label`, `${label.slice(0, 150)} ${index + 1}`);
    for (const [at, field] of fields.entries()) {
      const fitting = values(field).filter((value) => checkField(field, value) === null);
      // Dates go both ways: in one row set the first is before the others, in the next after them.
      const turn = field.type === 'date' ? (at === 0 ? place : place + 1) : place;
      const value =
        fitting[Math.min(turn, place === 0 || field.type !== 'date' ? turn : turn % 2, fitting.length - 1)];
      if (value !== undefined) written.set(`${base}/${field.key}`, value);
    }
  }
  return written;
}

function values(part: Typed): Json[] {
  switch (part.type) {
    case 'yes_no':
      return ['yes', 'no'];
    case 'choice':
      return part.choices.map((option) => option.key);
    case 'choices':
      return [
        part.choices.filter((option) => !option.fail && (option.points ?? 1) > 0).map((option) => option.key),
        ...part.choices.map((option) => [option.key]),
      ];
    case 'ratio': {
      const beside = { ...(part.period ? PERIOD : {}), ...(part.source ? SOURCE : {}) };
      return [10, 8, 4, 0].map((observed) => ({ observed, total: 10, ...beside }));
    }
    case 'number': {
      const least = part.min ?? 0;
      return [...new Set([least, part.max ?? least + 1_000, least + 100])];
    }
    case 'text':
      return ['Ví dụ'];
    case 'date':
      return DAYS;
    case 'time':
      return ['08:00'];
    case 'document':
      return [
        { number: '12/QĐ-UBND', issued_on: DAYS[0]!, signer: 'Cán bộ A', kind: 'Quyết định' },
        { shown: false },
      ];
    case 'roster':
      return [];
  }
}
