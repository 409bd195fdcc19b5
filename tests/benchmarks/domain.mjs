// The TypeScript half of domain.py: bundles the domain as the build does, folds and scores, prints milliseconds.
import { readFileSync } from 'node:fs';
import { loadDomain } from '../../offline_client/scripts/load-domain.mjs';

const [{ Fold, fold }, { read }, { score }, { Rescorer }] = await loadDomain([
  'operations',
  'answers',
  'scoring',
  'rescoring',
]);

const { checklist, entries: given } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const entries = given.map(({ received_at, ...entry }) => ({ ...entry, receivedAt: received_at }));

function rounds(work) {
  work();
  return Array.from({ length: Number(process.argv[3]) }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
}

const cells = fold(entries);
const all = () => score(checklist, read(checklist, fold(entries)));
const { basisPoints } = all();

const log = new Fold(entries);
const rescorer = new Rescorer(checklist);
rescorer.update(log.cells);
let count = entries.length;
/** Folds one more answer in and scores what it touches. */
function oneAnswer() {
  count += 1;
  log.apply({ ...entries.at(-1), op: String(count).padStart(22, '0'), parents: [entries.at(-1).op] });
  rescorer.update(log.cells);
}

process.stdout.write(
  JSON.stringify({
    fold: rounds(() => fold(entries)),
    score: rounds(() => score(checklist, read(checklist, cells))),
    all: rounds(all),
    'one answer more': rounds(oneAnswer),
    basisPoints,
  }),
);
