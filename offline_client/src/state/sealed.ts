// Opening a surprise visit on a member's phone with the start code that the lead reads out: no network is needed.
import { packOf, saveUnsealed, type Unsealed } from '../store/sealed.ts';
import { unseal } from '../sync/packs.ts';
import { parseEarlier, parsePrevious, parseVisit } from '../sync/protocol.ts';
import { type Partition, sha256 } from './partition.ts';

/** `other`: the code opens nothing; `missing`: this phone has no box of the visit. */
export type Unlocking = 'opened' | 'other' | 'missing';

/** The digits of what somebody typed, however they were grouped. */
export const digitsOf = (typed: string): string => typed.replace(/\D/g, '');

export async function unlock(partition: Partition, visit: string, code: string): Promise<Unlocking> {
  const { database } = partition;
  const pack = await packOf(database, visit);
  if (pack === null) return 'missing';
  const held = await unseal(pack.box, digitsOf(code));
  if (held === null) return 'other';
  const unsealed = read(held as Record<string, unknown>);
  const text = new TextEncoder().encode(unsealed.checklist);
  if (unsealed.visit.id !== visit || (await sha256(text)) !== unsealed.visit.chk) return 'missing';
  await saveUnsealed(database, unsealed, pack.at);
  return 'opened';
}

function read(held: Record<string, unknown>): Unsealed {
  const visit = parseVisit(held['visit']);
  return {
    visit: { ...visit, headN: 0, order: 0, gone: false, unlocked: true },
    checklist: String(held['checklist']),
    earlier: parseEarlier({ digest: '', items: held['earlier'] }).items ?? {},
    previous: parsePrevious({ digest: '', previous: held['previous'] }).told,
  };
}
