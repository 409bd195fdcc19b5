// What happened to a phone is told once, with the push of a visit whose delegation the phone may write to.
import { beforeEach, describe, expect, test } from 'vitest';
import { incidentsWaiting } from '../../src/store/incidents.ts';
import { incidentsToTell, noteIncident, tellIncidents } from '../../src/sync/incidents.ts';
import { countedId, Phone } from '../simulation/phone.ts';
import { SimulatedServer, VISIT } from '../simulation/server.ts';

let server: SimulatedServer;
let phone: Phone;
let now = 0;

beforeEach(async () => {
  server = new SimulatedServer();
  phone = new Phone(server);
  for (const [order, id] of ['first', VISIT].entries())
    await phone.database.visits.put({ id, order } as Parameters<typeof phone.database.visits.put>[0]);
});

const note = (visit?: string) => {
  const ports = { database: phone.database, freshId: countedId, now: () => (now += 1_000) };
  return noteIncident(ports, 'rewrapped', visit === undefined ? {} : { visit });
};
const carrier = async (may: (visit: string) => boolean = () => true) =>
  (await incidentsToTell(phone.database, may))?.visit;

describe('the visit that carries it', () => {
  test('is its own, whichever stands first in the list', async () => {
    await note(VISIT);
    expect(await carrier()).toBe(VISIT);
  });

  test('is the own one of any of them', async () => {
    await note();
    await note('gone');
    await note(VISIT);
    expect(await carrier()).toBe(VISIT);
  });

  test('is another where it has none, or its own may not', async () => {
    await note();
    expect(await carrier()).toBe('first');
    await note(VISIT);
    expect(await carrier((visit) => visit !== VISIT)).toBe('first');
  });

  test('is waited for where none may', async () => {
    await note(VISIT);
    expect(await incidentsToTell(phone.database, () => false)).toBeNull();
    expect(await incidentsWaiting(phone.database)).toHaveLength(1);
  });
});

test('where nothing happened nothing is told', async () => {
  expect(await incidentsToTell(phone.database, () => true)).toBeNull();
});

test('as many as the server takes are told at once, oldest first, and the others with the next push', async () => {
  for (let i = 0; i < 52; i += 1) await note(VISIT);
  const all = await incidentsWaiting(phone.database);
  const { database, api, user: userId } = phone;
  for (const wanted of [all.slice(0, 50), all.slice(50)]) {
    const { visit, waiting } = (await incidentsToTell(phone.database, () => true))!;
    await tellIncidents({ database, api, device: 'd1', userId }, visit, waiting);
    expect(server.heard.at(-1)).toEqual(wanted);
  }
  expect(await incidentsWaiting(phone.database)).toEqual([]);
});
