// Who works on this device. The app starts as the person who signed in last, without a network; the
// server's session only decides whether anything is sent. Nothing a person wrote is ever deleted by
// signing out: it stays locked in that person's own database.
import { isNewer } from '../store/database.ts';
import type { Device, StoredUser } from '../store/device.ts';
import { requestPersistence, storageEstimate } from '../store/storage.ts';
import { APP_VERSION } from '../store/version.ts';
import { type Api, ApiError, type DeviceClaim, type LostStore, type SessionUser } from '../sync/api.ts';
import { deviceName, isIosTab, isPrivate, signsHere } from './browser.ts';
import type {
  EnrolRefusal,
  HandInOutcome,
  LinkOutcome,
  Loss,
  Session,
  SignedInUser,
  SignInOutcome,
  StorageStatus,
  StoreTrouble,
} from './interface.ts';

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
  /** The server remembers a device of this person that this browser forgot. */
  readonly lost: (loss: Loss) => Promise<void>;
  readonly forgetLoss: () => Promise<void>;
  readonly handIn: (ticket: string) => Promise<number>;
  /** Everything of everybody here is in the server's backup. */
  readonly mayWipe: () => Promise<boolean>;
  readonly wipe: () => Promise<void>;
}

export class LiveSession implements Session {
  status = $state<Session['status']>('starting');
  trouble = $state<StoreTrouble | null>(null);
  user = $state.raw<SignedInUser | null>(null);
  waitingForOthers = $state.raw<Session['waitingForOthers']>([]);
  storage = $state.raw<StorageStatus>({
    persisted: null,
    freeBytes: null,
    quotaBytes: null,
    mayTakePhotos: true,
  });
  privateWindow = $state(false);
  loss = $state.raw<Loss | null>(null);
  readonly iosTab = isIosTab();
  readonly deviceName = deviceName();
  /** A sign-in of the person whose work is here was refused: perhaps the account is closed. */
  #refused = $state(false);
  readonly #hooks: SessionHooks;
  #ticket = $state<string | null>(null);
  #ending: Promise<void> | null = null;

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

  get mayHandIn(): boolean {
    return this.#ticket !== null && this.needsLogin && this.#refused;
  }

  async handIn(): Promise<HandInOutcome> {
    if (this.#ticket === null) return { ok: false, code: 'refused' };
    try {
      return { ok: true, taken: await this.#hooks.handIn(this.#ticket) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.failure.kind === 'offline') return { ok: false, code: 'offline' };
      return { ok: false, code: error.status >= 500 || error.status === 429 ? 'server' : 'refused' };
    }
  }

  async acknowledgeLoss(): Promise<void> {
    await this.#hooks.forgetLoss();
    this.loss = null;
  }

  /** In the background: a session begun on the desk serves here too, once it has a device. */
  async #recognise(): Promise<void> {
    try {
      await this.#endSession();
      const told = await this.#hooks.api.whoAmI();
      if (!told || (this.user && this.user.id !== told.id)) return;
      if (!this.user && this.privateWindow) return;
      if (this.user && told.device !== null && this.#ticket !== null) return;
      const known = await this.#hooks.device.byLogin(told.login);
      await this.#accept(await this.#hooks.api.enrol(claim(known)));
    } catch {
      // Without a network the person signs in later.
    }
  }

  /**
   * Ends the session of who signed out while the server could not hear it: its cookie would let him in again, or let
   * the next person here read what is his. Raises ApiError; until it is done nobody is recognised.
   */
  #endSession(): Promise<void> {
    this.#ending ??= this.#tellEnd().finally(() => {
      this.#ending = null;
    });
    return this.#ending;
  }

  async #tellEnd(): Promise<void> {
    const { api, device } = this.#hooks;
    const ending = await device.ending();
    if (!ending) return;
    const there = await api.whoAmI();
    // Who has signed in since, on the desk of the same browser, is let be.
    if (!there || there.id === ending.user) await api.signOut(ending.how === 'wiped');
    await device.ended();
  }

  /** How much room is left; returns what the browser tells. */
  async measureRoom(): Promise<Awaited<ReturnType<typeof storageEstimate>>> {
    const estimate = await storageEstimate();
    const { freeBytes } = estimate;
    this.storage = { ...estimate, mayTakePhotos: freeBytes === null || freeBytes >= ROOM_FOR_PHOTOS };
    return estimate;
  }

  /** Numbers that change slowly: storage, and other people's waiting work. */
  async refresh(): Promise<void> {
    this.privateWindow = isPrivate(await signsHere(await this.measureRoom()));
    this.waitingForOthers = await this.#hooks.device.waiting(this.user?.id ?? null);
  }

  async signIn(login: string, password: string): Promise<SignInOutcome> {
    if (this.privateWindow && !this.user) return { ok: false, code: 'private_window' };
    try {
      await this.#endSession();
      const known = await this.#hooks.device.byLogin(login);
      const device = claim(known);
      const user = await this.#hooks.api.signIn({ login, password, device });
      if (this.user && this.user.id !== user.id) {
        // Only the same person continues here; his session would carry another one's work.
        await this.#hooks.api.signOut();
        return { ok: false, code: 'other_user' };
      }
      await this.#accept(user);
      return { ok: true };
    } catch (error) {
      const code = this.#refusal(error);
      this.#refused = code === 'wrong_password';
      return { ok: false, code };
    }
  }

  async whoseLink(token: string): Promise<LinkOutcome> {
    try {
      return { ok: true, person: await this.#hooks.api.whoseLink(token) };
    } catch (error) {
      return { ok: false, code: this.#linkRefusal(error) };
    }
  }

  async enrolWith(token: string): Promise<{ ok: true } | { ok: false; code: EnrolRefusal }> {
    if (this.privateWindow && !this.user) return { ok: false, code: 'private_window' };
    try {
      await this.#endSession();
      const { login } = await this.#hooks.api.whoseLink(token);
      const known = await this.#hooks.device.byLogin(login);
      // Asked before the link is used up: only the same person goes on here.
      if (this.user && this.user.id !== known?.id) return { ok: false, code: 'other_user' };
      await this.#accept(await this.#hooks.api.enrolWith(token, claim(known)));
      return { ok: true };
    } catch (error) {
      return { ok: false, code: this.#linkRefusal(error) };
    }
  }

  async signOut(options: { readonly evenUnsent?: boolean } = {}): Promise<'done' | 'unsent'> {
    if (!options.evenUnsent && (await this.#hooks.unsent())) return 'unsent';
    await this.#forget();
    await this.#endSession().catch(() => {}); // without a network it is ended later, before anybody is recognised
    return 'done';
  }

  async signOutAndWipe(): Promise<'done' | 'unsent'> {
    if (!(await this.#hooks.mayWipe())) return 'unsent';
    // First here, then the server: its reply may make the browser delete what this page still runs on.
    await this.#forget();
    await this.#hooks.wipe();
    await this.#endSession().catch(() => {});
    return 'done';
  }

  async #forget(): Promise<void> {
    this.#hooks.leave();
    await this.#hooks.device.signOut();
    this.user = null;
    this.#ticket = null;
    this.loss = null;
    this.#refused = false;
    this.status = 'signed_out';
    await this.refresh();
  }

  async requestPersistence(): Promise<void> {
    await requestPersistence();
    await this.refresh();
  }

  async #accept(user: SessionUser): Promise<void> {
    const { lost, ...stored } = user;
    const before = await this.#hooks.device.current();
    await this.#hooks.device.setCurrent(stored);
    this.#refused = false;
    if (this.user && before?.device === stored.device) this.#hooks.renewed();
    else {
      if (this.user) this.#hooks.leave(); // it was revoked, and is another device now
      await this.#enter(stored);
    }
    this.#ticket = (await this.#hooks.device.current())?.ticket ?? null;
    if (lost) await this.#hooks.lost(lossOf(lost));
    void this.requestPersistence();
  }

  async #enter(user: StoredUser): Promise<void> {
    await this.#hooks.enter(user);
    this.user = { id: user.id, login: user.login, name: user.name };
    this.#ticket = user.ticket ?? null;
    this.status = 'signed_in';
  }

  #linkRefusal(error: unknown): EnrolRefusal {
    if (error instanceof ApiError && error.code === 'link_over') return 'link_over';
    const code = this.#refusal(error);
    return code === 'wrong_password' || code === 'must_change_password' ? 'link_over' : code;
  }

  #refusal(error: unknown): Exclude<SignInOutcome, { ok: true }>['code'] {
    if (!(error instanceof ApiError)) return 'database';
    if (error.failure.kind === 'offline') return 'offline';
    if (error.code === 'must_change_password') return 'must_change_password';
    if (error.status === 429) return 'too_many_attempts';
    return error.status >= 500 || error.failure.kind === 'csrf' ? 'server' : 'wrong_password';
  }
}

function claim(known: StoredUser | undefined): DeviceClaim {
  const ticket = typeof known?.ticket === 'string';
  return { id: known?.device ?? null, name: deviceName(), app: APP_VERSION, ticket };
}

function lossOf(lost: LostStore): Loss {
  const { ops, photos, lastContact } = lost;
  return { ops, photos, lastContact: lastContact === null ? null : new Date(lastContact) };
}
