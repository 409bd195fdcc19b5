// The TypeScript half: reads one case a line (checklist, cells), writes one result a line. See twins.py.
import { createInterface } from 'node:readline';
import { loadDomain } from '../../offline_client/scripts/load-domain.mjs';

const [{ read }, { score, scoreToJson }, { deriveFindings, findingToJson }] = await loadDomain([
  'answers',
  'scoring',
  'findings',
]);

function result({ checklist, cells }) {
  const answers = read(checklist, new Map(Object.entries(cells)));
  const scored = score(checklist, answers);
  const items = [...answers.items.values()];
  const full = (name) =>
    Object.fromEntries(items.filter((each) => each[name].length > 0).map((each) => [each.key, each[name]]));
  return {
    contested: answers.contested,
    duplicates: full('duplicates'),
    photos: full('photos'),
    score: scoreToJson(scored),
    findings: deriveFindings(checklist, answers, scored).map(findingToJson),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(result(JSON.parse(line)))}\n`);
}
