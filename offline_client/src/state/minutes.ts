// The signed minutes as a PDF file, made on this phone: what both parties take with them, network or not.
import { type MinutesRecord, minutes, type Signed } from '../domain/minutes.ts';
import { recordOf } from '../domain/minutes_record.ts';
import { ownFile } from '../sync/api.ts';
import type { Closing, OpenVisit, SignatureView } from './interface.ts';

const plainText = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/**
 * Makes the minutes of a visit that both parties signed; `told` hears how far it is, 0 to 1. Rejects when it is not
 * signed, when a part of the app cannot be loaded, or when the phone has no memory left; nothing is changed then.
 */
export async function minutesFile(visit: OpenVisit, told: (share: number) => void): Promise<File> {
  const { closing, card } = visit;
  if (visit.state !== 'signed' || !closing || !visit.confirmed) throw new Error('the minutes are not signed');
  const { unit, lead } = closing.signedBy;
  const meeting = {
    hostName: card.hostName || card.unitParent,
    campaignTitle: card.campaignName,
    unitName: card.unitName,
    delegationName: card.delegation,
    members: card.team,
  };
  const record = recordOf(meeting, visit.checklist, visit.cells, visit.answers, visit.score, {
    digest: closing.digest,
    signedDigest: closing.minutesDigest,
    chk: visit.chk,
    unit: signed(unit),
    lead: signed(lead),
    objections: unit?.objections ?? [],
    lacking: lackingOf(closing),
    start: card.surprise ? visit.start : null,
    selfCheck: card.selfCheck,
  });
  const { minutesPdf } = await import('../documents/minutes_pdf.ts');
  const signedAt = lead?.at ?? closing.at ?? new Date(`${card.plannedOn}T00:00`);
  const pdf = await minutesPdf(minutes(record), {
    load: ownFile,
    signedAt,
    told: async (share) => {
      told(share);
      // Lets the screen be drawn, so that a slow phone is seen to work.
      await new Promise((resolve) => setTimeout(resolve));
    },
  });
  const name = `bien-ban-${card.selfCheck ? 'tu-' : ''}kiem-tra-${plainText(card.unitName)}-${card.plannedOn}.pdf`;
  return new File([pdf], name, { type: 'application/pdf' });
}

/** In the order the server prints them. */
function lackingOf({ unansweredReason, noEvidenceReason }: Closing): MinutesRecord['lacking'] {
  const told = [
    ['unanswered_reason', unansweredReason],
    ['no_evidence_reason', noEvidenceReason],
  ] as const;
  return told.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
}

function signed(view: SignatureView | null): Signed | null {
  if (view === null) return null;
  return {
    title: view.title,
    name: view.name,
    strokes: view.strokes,
    refused: view.refused?.reason ?? '',
    witness: view.refused?.witness ?? '',
    witnessStrokes: view.refused?.strokes ?? '',
  };
}
