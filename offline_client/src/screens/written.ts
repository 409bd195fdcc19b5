// Sentences about what was written into a visit: who, when and where, why it has no effect, why nothing more is written.
// Only screens inside a visit need them, and those come after the first.
import { moment } from '../components/format.ts';
import type { Item } from '../domain/checklist.ts';
import { items } from '../domain/checklist.ts';
import type { Authorship, OpenVisit, Written } from '../state/interface.ts';
import { label, say, t, tCode } from '../text/text.svelte.ts';

/** Why nothing more is written into a visit, what is safe, and what to do. */
export function lockedText({ card, needsStart, state }: OpenVisit): string {
  if (card.gone) return t(card.cancelled ? 'locked.cancelled' : 'locked.gone');
  if (needsStart) return t('locked.not_started');
  return t(state === 'signed' ? 'locked.signed' : 'locked.closed');
}

/** Why the server stored something without effect. */
export function heldText({ why }: { readonly why: string }): string {
  return label('hold_reason', why);
}

/** Both clocks: the device's is evidence only, the server's says when it arrived. */
export function clocksText({ wall, receivedAt }: Pick<Written, 'wall' | 'receivedAt'>): string {
  const device = wall ? t('clocks.device', { time: moment(wall) }) : t('clocks.device_unknown');
  return `${device} · ${receivedAt ? t('clocks.server', { time: moment(receivedAt) }) : t('clocks.not_yet')}`;
}

/** "Cán bộ A, 10:31, chưa gửi"; an adopted answer names its adopter too. */
export function authorText(author: Authorship): string {
  const at = author.wall ?? author.receivedAt;
  const own = author.mine ? t('author.me') : author.name;
  const name = author.adoptedBy ? t('author.adopted', { name: own, lead: author.adoptedBy }) : own;
  const when = at ? t('author.at', { name, time: moment(at) }) : name;
  return author.pending ? t('author.unsent', { author: when }) : when;
}

/** What a path names, in words: the item, the row and the part of it. */
export interface PathWords {
  readonly item: Item | null;
  readonly row: string | null;
  /** The row's label, as far as one is known. */
  readonly rowLabel: string;
  /** `value`, `note`, `na`, `claimed`, `observed_at`, `label`, `deleted`, `order` or a field's key. */
  readonly part: string;
  readonly text: string;
  readonly partText: string;
}

export function pathWords(visit: OpenVisit, path: string): PathWords {
  const [kind, key = '', third, row, field] = path.split('/');
  const item = kind === 'item' ? (items(visit.checklist).find((each) => each.key === key) ?? null) : null;
  if (!item) {
    const name = kind === 'photo' && third === 'caption' ? third : String(kind);
    const text = tCode('place', kind === 'visit' ? key : name, 'place.other');
    return { item: null, row: null, rowLabel: '', part: key, text, partText: '' };
  }
  if (third !== 'row' || !row) {
    const part = third ?? 'value';
    return {
      item,
      row: null,
      rowLabel: '',
      part,
      text: say(item.text),
      partText: tCode('part', part, 'part.value'),
    };
  }
  const found = visit.answers.items.get(key)?.rows.find((each) => each.uuid === row);
  const labelled = typeof found?.label.value === 'string' ? found.label.value : t('roster.unnamed');
  const roster = item.answer.type === 'roster' ? item.answer : null;
  const asked = roster?.fields.find((each) => each.key === field);
  const partText = asked ? say(asked.text) : tCode('part', field ?? '', 'part.value');
  return {
    item,
    row,
    rowLabel: labelled,
    part: field ?? '',
    text: say(item.text),
    partText: `${labelled}: ${partText}`,
  };
}
