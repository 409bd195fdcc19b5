// What a phone has stored after its first contact, read from the real server once: most histories begin with phones
// that have been used before, and do not spend their requests on the list and the checklist.
import type { Clocks } from './clocks.ts';
import { History, type Setup } from './history.ts';
import type { Server } from './network.ts';
import { Phone, type Place, type Tables } from './phone.ts';

/** What is stored on a phone of this person, whose clock goes so, of an announced visit or of a surprise. */
export type Prepare = (place: Place, clocks: Clocks, surprise: boolean) => Promise<Tables>;

export function preparing(server: Server, setup: Setup): Prepare {
  const known = new Map<string, Tables>();
  const prepare: Prepare = async (place, clocks, surprise) => {
    const key = [place.user, clocks(place), surprise].join();
    const tables = known.get(key) ?? (await firstContact(place, clocks, surprise));
    known.set(key, tables);
    return tables;
  };
  const firstContact: Prepare = async (place, clocks, surprise) => {
    const history = new History(server, setup, 0, prepare, clocks, surprise);
    await history.plan();
    const phone = new Phone('first', place, clocks(place));
    history.phones.push(phone);
    await history.firstContact(phone);
    return phone.contents();
  };
  return prepare;
}
