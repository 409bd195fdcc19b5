// What a phone has stored after its first contact, read from the real server once: most histories begin with phones
// that have been used before, and do not spend their requests on the list and the checklist.
import { History, type Prepared, type Setup } from './history.ts';
import type { Server } from './network.ts';
import { Phone, type Tables } from './phone.ts';

const NOBODY: Prepared = { announced: new Map(), surprise: new Map() };

export async function prepare(server: Server, setup: Setup): Promise<Prepared> {
  return {
    announced: await firstContacts(server, setup, false),
    surprise: await firstContacts(server, setup, true),
  };
}

async function firstContacts(
  server: Server,
  setup: Setup,
  surprise: boolean,
): Promise<ReadonlyMap<string, Tables>> {
  const prepared = new Map<string, Tables>();
  for (const place of setup.places) {
    if (prepared.has(place.user)) continue;
    const history = new History(server, setup, 0, NOBODY, surprise);
    await history.plan();
    const phone = new Phone('first', place);
    history.phones.push(phone);
    await history.firstContact(phone);
    prepared.set(place.user, await phone.contents());
  }
  return prepared;
}
