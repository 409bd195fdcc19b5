// Who becomes lead is shown what was held while he was a member: those bodies are read once more (docs/sync.md 7).
import { hiddenFrom, uncover } from '../store/log.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import { NOTHING_MINE, readNews } from './chain.ts';
import type { RoundPorts } from './driver.ts';

type Ports = Pick<RoundPorts, 'database' | 'api' | 'sha256' | 'verify' | 'userId'>;

/**
 * Reads what this person was not shown as a member, if he leads the visit and has not done so since; returns whether
 * there was any. What a page hides still is asked for again the next time.
 */
export async function uncoverAsLead(ports: Ports, visit: string, leads: boolean): Promise<boolean> {
  const { database, userId } = ports;
  const readAsLead = `read-as-lead/${visit}`;
  if (((await readMeta<boolean>(database, readAsLead)) ?? false) === leads) return false;
  let found = false;
  for (let hidden = leads ? await hiddenFrom(database, visit, 0) : undefined; hidden; ) {
    const from = { n: hidden.n - 1, h: hidden.prev };
    const { news } = await ports.api.pull(visit, from, { user: userId });
    const entries = news.kind === 'page' ? await readNews(visit, from, news, NOTHING_MINE, ports) : null;
    if (!entries || entries.length === 0) return found;
    await uncover(database, visit, entries);
    found = true;
    hidden = await hiddenFrom(database, visit, hidden.n + entries.length);
  }
  if (!leads || !(await hiddenFrom(database, visit, 0))) await writeMeta(database, readAsLead, leads);
  return found;
}
