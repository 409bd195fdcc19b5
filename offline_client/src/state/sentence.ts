// The state of a person's work as ONE sentence with a tone, an icon and a word. Pure: facts in, sentence out.
// "May be switched off" and "may be wiped" are said only when they are true: everything stands in the log this
// phone verified itself, every photo is on the server, nothing waits to be told; and, to wipe, the server's off-site
// backup covers it and nothing half written is here. Photos whose sending a person ended exist here only, and wiping is
// the only end there is for them: it may be done, and the sentence says what it costs instead of calling it safe.
import type { SyncProblem, VisitSync } from './interface.ts';

export interface Facts extends VisitSync {
  /** Operations are being written to the phone's store. */
  readonly saving: boolean;
  /** The last write to the phone's store failed. */
  readonly unsaved: boolean;
  readonly busy: boolean;
  /** The server was restored and waits for the phones to report. */
  readonly recovering: boolean;
  /** Photos wait because the person wants it so, or the server takes no more of them today. */
  readonly photosWait: 'paused' | 'wifi' | 'limit' | null;
  /** Incidents the server has not heard of. */
  readonly incidents: number;
}

export type SentenceCode =
  | 'not_saved'
  | 'saving'
  | 'storage'
  | 'device_revoked'
  | 'login'
  | 'upgrade'
  | 'chain_broken'
  | 'no_such_visit'
  | 'bad_envelope'
  | 'limit'
  | 'server'
  | 'recovering'
  | 'nothing'
  | 'sending'
  | 'offline'
  | 'waiting'
  | 'photos_sending'
  | 'photos_offline'
  | 'photos_waiting'
  | 'photos_limit'
  | 'photos_paused'
  | 'photos_wifi'
  | 'photos_refused'
  | 'incidents'
  | 'drafts'
  | 'sent'
  | 'photos_ended'
  | 'safe';

export type SentenceTone = 'plain' | 'info' | 'good' | 'warn' | 'bad';
export type SentenceIcon = 'cloud' | 'cloudOff' | 'check' | 'sync' | 'warn' | 'lock' | 'clock' | 'image';

export interface Sentence {
  readonly code: SentenceCode;
  readonly tone: SentenceTone;
  readonly icon: SentenceIcon;
  /** What the sentence counts: operations not in the verified log, photos to be sent, photos that are here only, half-written texts, and the sums. */
  readonly counts: {
    readonly n: number;
    readonly photos: number;
    readonly ended: number;
    readonly drafts: number;
    readonly has: number;
    readonly total: number;
  };
  readonly mayTurnOff: boolean;
  readonly mayWipe: boolean;
}

const LOOKS: Readonly<Record<SentenceCode, readonly [SentenceTone, SentenceIcon]>> = {
  not_saved: ['bad', 'warn'],
  saving: ['info', 'sync'],
  storage: ['bad', 'warn'],
  device_revoked: ['bad', 'lock'],
  login: ['warn', 'lock'],
  upgrade: ['warn', 'warn'],
  chain_broken: ['bad', 'warn'],
  no_such_visit: ['bad', 'warn'],
  bad_envelope: ['bad', 'warn'],
  limit: ['warn', 'clock'],
  server: ['warn', 'clock'],
  recovering: ['warn', 'clock'],
  nothing: ['plain', 'cloud'],
  sending: ['info', 'sync'],
  offline: ['info', 'cloudOff'],
  waiting: ['info', 'clock'],
  photos_sending: ['info', 'sync'],
  photos_offline: ['info', 'image'],
  photos_waiting: ['info', 'image'],
  photos_limit: ['warn', 'image'],
  photos_paused: ['warn', 'image'],
  photos_wifi: ['info', 'image'],
  photos_refused: ['warn', 'image'],
  incidents: ['warn', 'warn'],
  drafts: ['info', 'clock'],
  sent: ['good', 'cloud'],
  photos_ended: ['info', 'image'],
  safe: ['good', 'check'],
};

/** Problems that need a person, in the order of their weight; being offline or removed needs nobody. */
const PROBLEMS: readonly SentenceCode[] = [
  'storage',
  'device_revoked',
  'login',
  'upgrade',
  'chain_broken',
  'no_such_visit',
  'bad_envelope',
  'limit',
  'server',
];

function pressing(problem: SyncProblem | null): SentenceCode | undefined {
  return PROBLEMS.find((each) => each === problem);
}

function waitingCode(facts: Facts): SentenceCode {
  if (facts.busy && facts.problem !== 'offline') return 'sending';
  return facts.problem === 'offline' ? 'offline' : 'waiting';
}

function photoCode(facts: Facts): SentenceCode {
  if (facts.photosWait) return `photos_${facts.photosWait}`;
  if (facts.busy && facts.problem !== 'offline') return 'photos_sending';
  return facts.problem === 'offline' ? 'photos_offline' : 'photos_waiting';
}

function codeOf(facts: Facts): SentenceCode {
  if (facts.unsaved) return 'not_saved';
  const problem = pressing(facts.problem);
  if (problem) return problem;
  if (facts.saving) return 'saving';
  if (facts.recovering) return 'recovering';
  if (facts.total > facts.serverHas) return waitingCode(facts);
  if (facts.pendingPhotos > 0) return photoCode(facts);
  if (facts.failedPhotos.length > 0) return 'photos_refused';
  if (facts.incidents > 0) return 'incidents';
  if (facts.drafts > 0) return 'drafts';
  if (facts.total === 0) return 'nothing';
  if (!facts.safe) return 'sent';
  return endedHere(facts) > 0 ? 'photos_ended' : 'safe';
}

const endedHere = ({ endedPhotos }: Facts) => endedPhotos.filter(({ here }) => here).length;

/** The one sentence for these facts. */
export function sentenceOf(facts: Facts): Sentence {
  const code = codeOf(facts);
  const [tone, icon] = LOOKS[code];
  const mayWipe = code === 'safe' || code === 'photos_ended';
  return {
    code,
    tone,
    icon,
    counts: {
      n: facts.total - facts.serverHas,
      photos: facts.pendingPhotos + (code === 'photos_refused' ? facts.failedPhotos.length : 0),
      ended: endedHere(facts),
      drafts: facts.drafts,
      has: facts.serverHas,
      total: facts.total,
    },
    mayTurnOff: mayWipe || code === 'sent',
    mayWipe,
  };
}
