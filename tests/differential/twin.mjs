// The TypeScript half: reads one case a line (checklist, cells), writes one result a line. See twins.py.
import { createInterface } from 'node:readline';
import { loadDomain } from '../../offline_client/scripts/load-domain.mjs';

const [
  { read },
  { lookupOf, score, scoreToJson },
  { deriveFindings, findingToJson },
  { Rescorer },
  { lacking },
  { explainedToJson },
] = await loadDomain(['answers', 'scoring', 'findings', 'rescoring', 'evidence', 'explained']);

function told(checklist, answers, scored) {
  const items = [...answers.items.values()];
  const full = (name) =>
    Object.fromEntries(items.filter((each) => each[name].length > 0).map((each) => [each.key, each[name]]));
  return {
    contested: answers.contested,
    duplicates: full('duplicates'),
    photos: full('photos'),
    score: scoreToJson(scored),
    explained: explainedToJson(checklist, answers, scored),
    findings: deriveFindings(checklist, answers, scored).map(findingToJson),
    lacking: checklist.sections
      .flatMap((section) => section.items)
      .flatMap((item, place) => lacking(item, answers.items.get(item.key), scored.items[place], lookupOf(scored))),
  };
}

/** The same answers, come in three steps in which some went again. */
function stepwise(checklist, cells) {
  const rescorer = new Rescorer(checklist);
  for (const third of [0, 1]) rescorer.update(new Map(cells.filter((_, place) => place % 3 !== third)));
  return rescorer.update(new Map(cells));
}

function result({ checklist, cells }) {
  const given = Object.entries(cells);
  const answers = read(checklist, new Map(given));
  const whole = told(checklist, answers, score(checklist, answers));
  const steps = stepwise(checklist, given);
  const parts = told(checklist, steps.answers, steps.score);
  return { ...whole, stepwise: JSON.stringify(parts) === JSON.stringify(whole) };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(result(JSON.parse(line)))}\n`);
}
