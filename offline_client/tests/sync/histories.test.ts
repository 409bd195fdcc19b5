// Random histories of two people on three phones with lost, repeated and broken exchanges, a clone
// and a restored server. At the end everything heals: every outbox drains, all logs are equal, and
// every operation ever saved is in the log exactly once (I2, I3, I4, I17).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Phone } from '../simulation/phone.ts';
import { SimulatedServer } from '../simulation/server.ts';

const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('write' as const), phone: fc.nat(2), item: fc.nat(3) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sync' as const), phone: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('faulty' as const),
      phone: fc.nat(2),
      at: fc.nat(5),
      how: fc.constantFrom('request lost', 'reply lost', 'reply repeated', 'refused'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('backup' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clone' as const), phone: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tabs' as const), phone: fc.nat(2) }) },
);

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

class History {
  readonly server = new SimulatedServer();
  readonly phones = [
    new Phone(this.server, 'user-a'),
    new Phone(this.server, 'user-b'),
    new Phone(this.server, 'user-b'),
  ];
  readonly saved = new Set<string>();
  #backup = this.server.backup();

  async run(action: Action): Promise<void> {
    const phone = 'phone' in action ? this.phones[action.phone] : undefined;
    if (action.do === 'backup') this.#backup = this.server.backup();
    if (action.do === 'restore') this.#restore();
    if (!phone) return;
    if (action.do === 'write') this.saved.add(await phone.write(`item/i${action.item}`, this.saved.size));
    if (action.do === 'sync') await phone.round();
    if (action.do === 'tabs') await Promise.all([phone.round(), phone.round()]);
    if (action.do === 'clone') this.phones.push(await phone.clone());
    if (action.do === 'faulty') await this.#faulty(phone, action);
  }

  #restore(): void {
    const { entries, writers, slots } = this.#backup;
    this.server.log = { entries: [...entries], writers: new Map(writers), slots: new Map(slots) };
  }

  async #faulty(phone: Phone, fault: Action & { do: 'faulty' }): Promise<void> {
    let exchange = 0;
    let previous: Parameters<SimulatedServer['after']>[2] | null = null;
    this.server.before = () => {
      if (exchange !== fault.at) return undefined;
      if (fault.how === 'request lost') throw new TypeError('network');
      return fault.how === 'refused' ? { status: 500, body: {} } : undefined;
    };
    this.server.after = (_method, _path, reply) => {
      const now = exchange++;
      if (now === fault.at && fault.how === 'reply lost') throw new TypeError('network');
      if (now === fault.at && fault.how === 'reply repeated' && previous) return previous;
      previous = reply;
      return reply;
    };
    await phone.round();
    this.server.before = () => undefined;
    this.server.after = (_method, _path, reply) => reply;
  }

  async heal(): Promise<void> {
    for (let pass = 0; pass < 4; pass += 1) for (const phone of this.phones) await phone.round();
  }
}

test('after healing, every saved operation is in the log once and all phones agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
      const history = new History();
      for (const each of actions) await history.run(each);
      await history.heal();
      const log = history.server.log.entries;
      expect(log.map((entry) => entry.n)).toEqual(log.map((_entry, index) => index + 1));
      expect(new Set(log.map((entry) => entry.op)).size).toBe(log.length);
      const there = new Set(log.map((entry) => entry.op));
      expect([...history.saved].filter((op) => !there.has(op))).toEqual([]);
      for (const phone of history.phones) {
        expect(await phone.waiting()).toEqual([]);
        expect(await phone.logged()).toEqual(log.map((entry) => entry.op));
        expect(await phone.offers()).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
