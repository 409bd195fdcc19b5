// Who works on this device. The app starts as the person who signed in last, without a network; the
// server's session only decides whether anything is sent. Nothing a person wrote is ever deleted by
// signing out: it stays locked in that person's own database.
import { isNewer } from '../store/database.ts';
import type { Device, StoredUser } from '../store/device.ts';
import { requestPersistence, storageEstimate } from '../store/storage.ts';
import { APP_VERSION } from '../store/version.ts';
import { type Api, ApiError, type DeviceClaim, type SessionUser } from '../sync/api.ts';
import type { Session, SignedInUser, SignInOutcome, StorageStatus, StoreTrouble } from './interface.ts';

/** Three photos of the usual size, and a reserve for text. */
const ROOM_FOR_PHOTOS = 3 * 2 * 1024 * 1024 + 20 * 1024 * 1024;

export interface SessionHooks {
  readonly api: Api;
  readonly device: Device;
  /** Opens or closes the person's own part of the app. */
  readonly enter: (user: StoredUser) => Promise<void>;
  readonly leave: () => void;
  readonly unsent: () => Promise<boolean>;
  readonly needsLogin: () => boolean;
  /** The server accepted a sign-in of the same person: send what waits. */
  readonly renewed: () => void;
}

export class LiveSession implements Session {
  status = $state<Session['status']>('starting');
  trouble = $state<StoreTrouble | null>(null);
  user = $state.raw<SignedInUser | null>(null);
  waitingForOthers = $state.raw<readonly { name: string; ops: number }[]>([]);
  storage = $state.raw<StorageStatus>({ persisted: null, freeBytes: null, mayTakePhotos: true });
  readonly #hooks: SessionHooks;

  constructor(hooks: SessionHooks) {
    this.#hooks = hooks;
  }

  get needsLogin(): boolean {
    return this.status === 'signed_in' && this.#hooks.needsLogin();
  }

  /** Reads the phone's store: no network is asked. */
  async start(): Promise<void> {
    try {
      const user = await this.#hooks.device.current();
      if (user) await this.#enter(user);
      else this.status = 'signed_out';
      this.trouble = null; // what blocked the start is gone
      await this.refresh();
      void this.#recognise();
    } catch (error) {
      console.error(error);
      this.trouble = isNewer(error) ? 'newer' : 'unreadable';
      this.status = 'broken';
    }
  }

  /** In the background: a session begun on the desk serves here too, once it has a device. */
  async #recognise(): Promise<void> {
    try {
      const told = await this.#hooks.api.whoAmI();
      if (!told || (this.user && this.user.id !== told.id)) return;
      if (this.user && told.device !== null) return;
      const known = await this.#hooks.device.byLogin(told.login);
      await this.#accept(await this.#hooks.api.enrol(claim(known?.device ?? null)));
    } catch {
      // Without a network the person signs in later.
    }
  }

  /** Numbers that change slowly: storage, and other people's waiting work. */
  async refresh(): Promise<void> {
    const estimate = await storageEstimate();
    const { freeBytes } = estimate;
    this.storage = { ...estimate, mayTakePhotos: freeBytes === null || freeBytes >= ROOM_FOR_PHOTOS };
    this.waitingForOthers = await this.#hooks.device.waiting(this.user?.id ?? null);
  }

  async signIn(login: string, password: string): Promise<SignInOutcome> {
    try {
      const known = await this.#hooks.device.byLogin(login);
      const device = claim(known?.device ?? null);
      const user = await this.#hooks.api.signIn({ login, password, device });
      if (this.user && this.user.id !== user.id) {
        // Only the same person continues here; his session would carry another one's work.
        await this.#hooks.api.signOut();
        return { ok: false, code: 'other_user' };
      }
      await this.#accept({ ...user, login });
      return { ok: true };
    } catch (error) {
      return { ok: false, code: this.#refusal(error) };
    }
  }

  async signOut(options: { readonly evenUnsent?: boolean } = {}): Promise<'done' | 'unsent'> {
    if (!options.evenUnsent && (await this.#hooks.unsent())) return 'unsent';
    // Without a network the server's session ends by itself; this device forgets it now.
    await this.#hooks.api.signOut().catch(() => {});
    this.#hooks.leave();
    await this.#hooks.device.setCurrent(null);
    this.user = null;
    this.status = 'signed_out';
    await this.refresh();
    return 'done';
  }

  async requestPersistence(): Promise<void> {
    await requestPersistence();
    await this.refresh();
  }

  async #accept(user: SessionUser): Promise<void> {
    await this.#hooks.device.setCurrent(user);
    if (this.user) this.#hooks.renewed();
    else await this.#enter(user);
    void this.requestPersistence();
  }

  async #enter(user: StoredUser): Promise<void> {
    await this.#hooks.enter(user);
    this.user = { id: user.id, login: user.login, name: user.name };
    this.status = 'signed_in';
  }

  #refusal(error: unknown): Exclude<SignInOutcome, { ok: true }>['code'] {
    if (!(error instanceof ApiError)) return 'database';
    if (error.failure.kind === 'offline') return 'offline';
    if (error.code === 'must_change_password') return 'must_change_password';
    if (error.status === 429) return 'too_many_attempts';
    return error.status >= 500 || error.failure.kind === 'csrf' ? 'server' : 'wrong_password';
  }
}

function claim(id: string | null): DeviceClaim {
  return { id, name: deviceName(), app: APP_VERSION };
}

/** Words by which a person recognises this device in the list on the desk. */
function deviceName(): string {
  const agent = typeof navigator === 'undefined' ? '' : navigator.userAgent;
  const find = (...names: string[]) => names.find((name) => agent.includes(name));
  const system = find('Android', 'iPhone', 'iPad', 'Windows', 'Macintosh', 'CrOS', 'Linux') ?? 'Thiết bị';
  const browser = find('SamsungBrowser', 'Edg', 'Firefox', 'Chrome', 'Safari') ?? 'trình duyệt';
  return `${system} · ${browser === 'Edg' ? 'Edge' : browser}`;
}
