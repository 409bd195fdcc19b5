// node main.js SERVER SETUP SEEDS…: runs these histories one after the other and writes a line of JSON for each.
// `149/clocks` is the twin of 149: the same but for what the phones' clocks say.
import { readFileSync } from 'node:fs';
import { otherClocks, rightClocks } from './clocks.ts';
import { History, type Setup } from './history.ts';
import { withoutThreads } from './machine.ts';
import { Server } from './network.ts';
import { preparing } from './preparing.ts';

const [url = '', file = '', ...plays] = process.argv.slice(2);
withoutThreads();
const setup = JSON.parse(readFileSync(file, 'utf8')) as Setup;
const server = new Server(url);
const prepare = preparing(server, setup);
for (const play of plays) {
  const [seed, twin] = play.split('/');
  const clocks = twin ? otherClocks(Number(seed), setup.places) : rightClocks;
  const history = new History(server, setup, Number(seed), prepare, clocks);
  const told = await history.run();
  if (process.env.HISTORY_TRACE) process.stderr.write(`${history.trace.join('\n')}\n`);
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
server.close();
// Timers of screens that are closed do not keep the run alive.
process.exit(0);
