// Watches over one person's database on this device: compares it at the start with what the device remembers,
// writes down what was lost, and keeps the memory fresh. The memory is a hint that is never ahead of the truth.
import type { Device } from '../store/device.ts';
import { incidentsWaiting } from '../store/incidents.ts';
import { instanceOf, renewInstance } from '../store/instance.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import { noteIncident } from '../sync/incidents.ts';
import { fateOf } from './holding.ts';
import type { Loss } from './interface.ts';
import { freshId, type Partition } from './partition.ts';

const LOSS = 'loss';
/** Short: what a page that is killed had not remembered yet cannot be missed afterwards. */
const REST_MS = 250;

interface StoredLoss {
  readonly ops: number;
  readonly photos: number;
  readonly lastContact: number | null;
}

export class Guardian {
  readonly #partition: Partition;
  readonly #device: Device;
  readonly #lostNow: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `lostNow` is told when the database vanished while the page was running. */
  constructor(partition: Partition, device: Device, lostNow: () => void) {
    this.#partition = partition;
    this.#device = device;
    this.#lostNow = lostNow;
  }

  /**
   * Is this the database that was here? Asked before anything is written, and again with every memory: a browser may
   * throw a database away under a running page, which then writes into a new one. Returns whether something was lost.
   */
  async check(): Promise<boolean> {
    const { database, user } = this.#partition;
    // In this order: what is remembered is then never ahead of what is found, whatever another tab does.
    const remembered = await this.#device.holding(user.id);
    let found = await instanceOf(database, freshId());
    const fate = fateOf(remembered, found);
    if (fate.kind !== 'same') {
      // The incident first: if this stops half-way, the next start finds the same again.
      const { kind, ops, photos } = fate;
      await noteIncident(this.#ports(), 'storage_lost', {
        detail: { how: kind, minted: remembered?.minted ?? 0, pending_ops: ops, pending_blobs: photos },
      });
      await this.#keep({ ops, photos, lastContact: null });
      if (kind === 'rewound') found = { ...found, instance: await renewInstance(database, freshId) };
    }
    await this.#device.hold(user.id, found);
    return fate.kind !== 'same';
  }

  /** The server noticed it: it has written the incident down itself. */
  async lost(loss: Loss): Promise<void> {
    const { ops, photos, lastContact } = loss;
    await this.#keep({ ops, photos, lastContact: lastContact?.getTime() ?? null });
  }

  async loss(): Promise<Loss | null> {
    const stored = await readMeta<StoredLoss>(this.#partition.database, LOSS);
    if (!stored) return null;
    return { ...stored, lastContact: stored.lastContact === null ? null : new Date(stored.lastContact) };
  }

  async forgetLoss(): Promise<void> {
    await writeMeta(this.#partition.database, LOSS, null);
  }

  async incidents(): Promise<number> {
    return (await incidentsWaiting(this.#partition.database)).length;
  }

  /** Something was written or sent: remembered a moment later, and not at all when that fails. */
  remember(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.check().then(
        (lost) => lost && this.#lostNow(),
        () => {},
      );
    }, REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Two notices of the same loss are one: the larger numbers stand. */
  async #keep(loss: StoredLoss): Promise<void> {
    const before = await readMeta<StoredLoss>(this.#partition.database, LOSS);
    await writeMeta(this.#partition.database, LOSS, {
      ops: Math.max(loss.ops, before?.ops ?? 0),
      photos: Math.max(loss.photos, before?.photos ?? 0),
      lastContact: loss.lastContact ?? before?.lastContact ?? null,
    });
  }

  #ports() {
    return { database: this.#partition.database, freshId, now: () => this.#partition.now() };
  }
}
