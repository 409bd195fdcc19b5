// When photos may be sent: a person's choice (kept in that person's own database), the line the browser tells of, and
// what the server takes in a day.
import type { UserDatabase } from '../store/database.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import type { PhotoProgress } from '../sync/uploads.ts';
import type { PhotoLine, PhotoSending } from './interface.ts';

const WIFI_ONLY = 'photos/wifi-only';
const PAUSED = 'photos/paused';

interface Connection extends EventTarget {
  readonly type?: string;
}

function connection(): Connection | undefined {
  return typeof navigator === 'undefined'
    ? undefined
    : (navigator as { readonly connection?: Connection }).connection;
}

/** What the browser says of the line; `untold` where it never does (Safari, Firefox, most desktops). */
export function lineOf(here: { readonly type?: string } | undefined): PhotoLine {
  if (here?.type === undefined) return 'untold';
  return here.type === 'wifi' || here.type === 'ethernet' ? 'wifi' : 'mobile';
}

export class LivePhotoSending implements PhotoSending {
  wifiOnly = $state(false);
  paused = $state(false);
  line = $state<PhotoLine>(lineOf(connection()));
  /** The server takes no more photos of this device today. */
  limited = $state(false);
  progress = $state.raw<PhotoProgress | null>(null);
  #database: UserDatabase | null = null;
  readonly #changed: () => void;

  /** `changed`: photos may perhaps be sent now. */
  constructor(changed: () => void) {
    this.#changed = changed;
    connection()?.addEventListener?.('change', () => {
      this.line = lineOf(connection());
      this.#changed();
    });
  }

  get waits(): PhotoSending['waits'] {
    return this.#chosen ?? (this.limited ? 'limit' : null);
  }

  /** What the person chose keeps photos here. */
  get #chosen(): 'paused' | 'wifi' | null {
    if (this.paused) return 'paused';
    return this.wifiOnly && this.line === 'mobile' ? 'wifi' : null;
  }

  async attach(database: UserDatabase | null): Promise<void> {
    this.#database = database;
    this.progress = null;
    this.limited = false;
    this.wifiOnly = (database && (await readMeta<boolean>(database, WIFI_ONLY))) ?? false;
    this.paused = (database && (await readMeta<boolean>(database, PAUSED))) ?? false;
  }

  /** Another tab may have changed its mind: the store is asked. When the day is over only trying tells. */
  async may(): Promise<boolean> {
    const database = this.#database;
    if (!database) return false;
    this.wifiOnly = (await readMeta<boolean>(database, WIFI_ONLY)) ?? false;
    this.paused = (await readMeta<boolean>(database, PAUSED)) ?? false;
    return this.#chosen === null;
  }

  async setWifiOnly(only: boolean): Promise<void> {
    this.wifiOnly = only;
    await this.#keep(WIFI_ONLY, only);
  }

  async setPaused(paused: boolean): Promise<void> {
    this.paused = paused;
    await this.#keep(PAUSED, paused);
  }

  async #keep(key: string, value: boolean): Promise<void> {
    if (this.#database) await writeMeta(this.#database, key, value);
    this.#changed();
  }
}
