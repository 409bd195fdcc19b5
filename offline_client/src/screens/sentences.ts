// Sentences several screens need, put together from what the engine knows.
import { moment } from '../components/format.ts';
import type { Item } from '../domain/checklist.ts';
import { items } from '../domain/checklist.ts';
import type {
  Authorship,
  NotSaved,
  OpenVisit,
  Role,
  Sentence,
  SyncProblem,
  VisitSync,
  Written,
} from '../state/interface.ts';
import { label, say, t, tCode } from '../text/text.svelte.ts';

/** "máy chủ đã có 42/42 thay đổi, 10:31": counted in the verified log. */
export function syncSentence(sync: VisitSync): string {
  if (sync.total === 0) return t('sync.nothing_yet');
  const counts = { has: sync.serverHas, total: sync.total };
  return sync.at
    ? t('sync.server_has', { ...counts, time: moment(sync.at) })
    : t('sync.server_has_never', counts);
}

/** A person's place in a visit; a unit that checks itself sends no delegation. */
export function roleText(role: Role, selfCheck: boolean): string {
  return selfCheck ? t(`self_check.${role}`) : t(`role.${role}`);
}

/** The state of a phone or a visit in its one sentence. */
export function sentenceText(sentence: Sentence): string {
  return t(`sentence.${sentence.code}`, sentence.counts);
}

/** What is still to be sent, operations first; 0 when nothing is. */
export function waitingNumber(sentence: Sentence): number {
  return sentence.counts.n || sentence.counts.photos;
}

export function photoRefusedText(why: string): string {
  return tCode('photo_refused', why, 'photo_refused.other');
}

export function isAllSent(sync: VisitSync): boolean {
  return sync.serverHas >= sync.total && sync.pendingPhotos === 0;
}

export function problemText(problem: SyncProblem): string {
  return t(`problem.${problem}`);
}

export function notSavedText(code: NotSaved['code']): string {
  return t(`not_saved.${code}`);
}

/** "Đã lưu 10:42": the phone's store has it, said with the moment it was so. */
export function savedText(at: Date | null): string {
  return at ? t('save.saved_at', { time: moment(at) }) : t('save.saved');
}

/** The words for whatever a writing function threw. */
export function failureText(error: unknown): string {
  const code = (error as Partial<NotSaved>)?.code;
  return notSavedText(code ?? 'database');
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
