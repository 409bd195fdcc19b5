// Sentences several screens need, put together from what the engine knows.
import { moment } from '../components/format.ts';
import type { NotSaved, Role, Sentence, SyncProblem, VisitSync, Waiting } from '../state/interface.ts';
import { t } from '../text/text.svelte.ts';

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

/** What waits here for another person to sign in, line by line. */
export function waitingLines({ name, ops, photos, readable }: Waiting): readonly string[] {
  if (!readable) return [t('sign_in.unreadable', { name })];
  return [
    ...(ops > 0 ? [t('sign_in.waiting', { n: ops, name })] : []),
    ...(photos > 0 ? [t('sign_in.waiting_photos', { n: photos, name })] : []),
  ];
}

export function problemText(problem: SyncProblem): string {
  return t(`problem.${problem}`);
}

/** Why a person is to sign in once more: mostly the session has expired. */
export function signInReason(problem: SyncProblem | null): string {
  return problemText(problem === 'device_revoked' ? problem : 'login');
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
