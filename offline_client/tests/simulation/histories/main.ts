// node main.js SERVER SETUP SEEDS…: runs these histories one after the other and writes a line of JSON for each.
import { readFileSync } from 'node:fs';
import { History, type Setup } from './history.ts';
import { withoutThreads } from './machine.ts';
import { Server } from './network.ts';
import { prepare } from './preparing.ts';

const [url = '', file = '', ...seeds] = process.argv.slice(2);
withoutThreads();
const setup = JSON.parse(readFileSync(file, 'utf8')) as Setup;
const server = new Server(url);
const prepared = await prepare(server, setup);
for (const seed of seeds) {
  const history = new History(server, setup, Number(seed), prepared);
  const told = await history.run();
  if (process.env.HISTORY_TRACE) process.stderr.write(`${history.trace.join('\n')}\n`);
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
server.close();
// Timers of screens that are closed do not keep the run alive.
process.exit(0);
