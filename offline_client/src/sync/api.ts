// The only file that speaks to the server. A failure becomes an ApiError with what it means for
// the engine; whatever is not a reply of our server (no network, a hotel's sign-in page, a cut
// answer) counts as being offline, because `navigator.onLine` is only a hint.
import type { Cursor } from '../store/rows.ts';
import type { Box } from '../store/sealed.ts';
import { APP_VERSION } from '../store/version.ts';
import {
  type DeviceSeen,
  type DropReply,
  type EarlierReply,
  LOG_PAGE,
  type ManifestReply,
  PROTO,
  type PreviousReply,
  ProtocolError,
  type PullReply,
  type PushReply,
  type PushRequest,
  parseDevices,
  parseDrop,
  parseEarlier,
  parseManifest,
  parsePack,
  parsePrevious,
  parsePull,
  parsePush,
  parseReceipts,
  parseStamp,
  type Receipt,
  type Stamp,
  shortForm,
} from './protocol.ts';
import type { Failure, FailureKind } from './step.ts';
import type { UploadPort } from './uploads.ts';

const SYNC = '/api/sync/v1';
const SESSION = '/api/session';
const TIMEOUT_MS = 30_000;
const LONG_WAIT_S = 600;
const WORTH_PACKING = 400;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly failure: Failure,
    readonly status: number,
    readonly code: string,
  ) {
    super(`${failure.kind} ${status} ${code}`);
  }
}

/** A file of the app itself; without a network the service worker has it. Throws when it is not to be had. */
export async function ownFile(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export interface SessionUser {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  /** The device this session is tied to; null for a session begun on the desk. */
  readonly device: string | null;
  /** Told once, when the device has none: lets it hand in operations of a closed account. */
  readonly ticket: string | null;
  /** This browser was a device of this person before, and forgot it: what that device still owed. */
  readonly lost: LostStore | null;
}

export interface LostStore {
  readonly ops: number;
  readonly photos: number;
  /** Milliseconds since 1970. */
  readonly lastContact: number | null;
}

/** What this client says of itself; `id` if the server gave it one before. */
export interface DeviceClaim {
  readonly id: string | null;
  readonly name: string;
  readonly app: string;
  /** Whether this device still holds a ticket. */
  readonly ticket: boolean;
}

export interface PullOptions {
  /** Whose log this phone keeps: another person's session must not answer (I18). */
  readonly user: string;
  readonly wait?: { readonly seconds: number; readonly known: string; readonly signal: AbortSignal };
}

type Fetch = typeof globalThis.fetch;
type Headers = Readonly<Record<string, string>>;
type Send = (
  method: string,
  url: string,
  headers?: Headers,
  body?: BodyInit,
  signal?: AbortSignal,
) => Promise<Response>;
type Json = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'bad_envelope',
  401: 'login',
  403: 'csrf',
  404: 'no_such_visit',
  413: 'too_big',
  426: 'upgrade',
  429: 'busy',
  503: 'busy',
};

const CODES: Readonly<Record<string, FailureKind>> = {
  DEVICE_REVOKED: 'device_revoked',
  OTHER_USER: 'other_user',
};

function failureOf(status: number, code: string, retryAfter: string | null): Failure {
  const seconds = Number(retryAfter);
  // A limit that ends tomorrow has words of its own; one that ends in a minute is a busy server.
  const long = status === 429 && seconds > LONG_WAIT_S;
  const kind = CODES[code] ?? (long ? 'limit' : (KINDS[status] ?? 'server'));
  return retryAfter !== null && Number.isFinite(seconds) && seconds >= 0
    ? { kind, retryAfter: seconds }
    : { kind };
}

function lostStore(value: unknown): LostStore | null {
  if (typeof value !== 'object' || value === null) return null;
  const lost = value as Json;
  const count = (what: unknown) => (typeof what === 'number' && Number.isSafeInteger(what) ? what : 0);
  const at = Date.parse(typeof lost.last_contact_at === 'string' ? lost.last_contact_at : '');
  return {
    ops: count(lost.pending_ops),
    photos: count(lost.pending_blobs),
    lastContact: Number.isNaN(at) ? null : at,
  };
}

interface Sending {
  readonly body?: unknown;
  readonly headers?: Headers;
  readonly signal?: AbortSignal | undefined;
}

/** A JSON body as it goes out: compressed where the browser can and it is worth it. */
async function pack(text: string): Promise<{ body: BodyInit; headers: Record<string, string> }> {
  const headers = { 'Content-Type': 'application/json' };
  if (text.length < WORTH_PACKING || typeof CompressionStream === 'undefined') return { body: text, headers };
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const body = new Uint8Array(await new Response(packed).arrayBuffer());
  return { body, headers: { ...headers, 'Content-Encoding': 'gzip' } };
}

/** What a phone says before it reads, so that a server of a later day can tell it to update. */
const SPEAKS = { proto: String(PROTO), app: APP_VERSION };

export class Api {
  readonly #fetch: Fetch;
  #takesShort = true;
  /** The lineage of the server's database, as its last reply said: another one after a restore. */
  epoch: string | null = null;
  /** Called with every stamp of a reply: the measured clock offset comes from here. */
  onStamp: (stamp: Stamp, sentAt: number) => void = () => {};

  constructor(fetch: Fetch = globalThis.fetch.bind(globalThis)) {
    this.#fetch = fetch;
  }

  /** `known`: digest and heads digest of an earlier manifest of this very session. */
  async manifest(known: string): Promise<ManifestReply> {
    const asked = new URLSearchParams(SPEAKS);
    if (known !== '') asked.set('known', known);
    return this.#sync('GET', `/manifest?${asked}`, parseManifest);
  }

  /** What follows a cursor. With `wait` the server answers when there is something, or after so many seconds. */
  async pull(visit: string, after: Cursor, options: PullOptions): Promise<PullReply> {
    const asked = new URLSearchParams({
      ...SPEAKS,
      after: String(after.n),
      limit: String(LOG_PAGE),
      user: options.user,
    });
    if (after.n > 0) asked.set('h', after.h);
    if (options.wait) asked.set('wait', String(options.wait.seconds));
    if (options.wait) asked.set('known', options.wait.known);
    try {
      const path = `/visits/${encodeURIComponent(visit)}/log?${asked}`;
      return await this.#sync('GET', path, parsePull, { signal: options.wait?.signal });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'HISTORY_DIVERGED')
        return { news: { kind: 'diverged' }, digest: null, retryIn: null };
      throw error;
    }
  }

  /** The key the server signs heads with; null when it does not tell. */
  async publicKey(): Promise<string | null> {
    return this.#sync('GET', '/hello', (reply) => {
      const key = (reply as Json).public_key;
      return typeof key === 'string' ? key : null;
    });
  }

  /** Who opened a visit on which device. */
  async devices(visit: string): Promise<DeviceSeen[]> {
    return this.#sync('GET', `/visits/${encodeURIComponent(visit)}/devices`, parseDevices);
  }

  /** What the server holds of a visit's photos. */
  async receipts(visit: string): Promise<Receipt[]> {
    return this.#sync('GET', `/visits/${encodeURIComponent(visit)}/blobs`, parseReceipts);
  }

  async push(visit: string, request: PushRequest): Promise<PushReply> {
    const short = this.#takesShort ? shortForm(visit, request) : null;
    try {
      return await this.#push(visit, short ?? request);
    } catch (error) {
      if (!short || !(error instanceof ApiError && error.failure.kind === 'bad_envelope')) throw error;
      // A server that was put back to an older version: it takes what every version takes.
      this.#takesShort = false;
      return this.#push(visit, request);
    }
  }

  #push(visit: string, body: object): Promise<PushReply> {
    return this.#sync('POST', `/visits/${encodeURIComponent(visit)}/push`, parsePush, { body });
  }

  /** Hands in operations without a session; `ticket` is all the server asks for. */
  async drop(ticket: string, visit: string, request: PushRequest): Promise<DropReply> {
    const authorization = { Authorization: `Device ${ticket}` };
    return this.#sync('POST', '/drop', parseDrop, {
      body: { ...request, visit },
      headers: authorization,
    });
  }

  /** The canonical text of a checklist; the caller verifies its hash. */
  async checklist(chk: string): Promise<string> {
    const response = await this.#done('GET', `${SYNC}/checklists/${chk}`);
    return this.#read(response, () => response.text());
  }

  /** What was found at the visit's unit the last time; `known` is the digest of what is here. */
  async previous(visit: string, known: string): Promise<PreviousReply> {
    const query = known === '' ? '' : `?known=${encodeURIComponent(known)}`;
    return this.#sync('GET', `/visits/${encodeURIComponent(visit)}/previous${query}`, parsePrevious);
  }

  /** What was answered at the visit's unit the last time; `known` is the digest of what is here. */
  async earlier(visit: string, known: string): Promise<EarlierReply> {
    const query = known === '' ? '' : `?known=${encodeURIComponent(known)}`;
    return this.#sync('GET', `/visits/${encodeURIComponent(visit)}/earlier${query}`, parseEarlier);
  }

  /** A surprise visit that has not started, in a box that only the start code opens. */
  async pack(visit: string): Promise<Box> {
    return this.#sync('GET', `/visits/${encodeURIComponent(visit)}/pack`, parsePack);
  }

  async previousPicture(visit: string, sha256: string): Promise<ArrayBuffer> {
    const path = `${SYNC}/visits/${encodeURIComponent(visit)}/previous/${sha256}`;
    const response = await this.#done('GET', path);
    return this.#read(response, () => response.arrayBuffer());
  }

  // ------------------------------------------------------------------ photos (tus 1.0.0)

  /** By this person's session and no other: somebody may sign in at the desk while photos are being sent. */
  uploadsOf(user: string): UploadPort {
    return this.#uploads({ 'X-VSP-User': user });
  }

  /** The same with a device's ticket instead of a session: it submits and does nothing else. */
  uploadsBy(ticket: string): UploadPort {
    return this.#uploads({ Authorization: `Device ${ticket}` });
  }

  #uploads(by: Headers): UploadPort {
    return {
      createUpload: (visit, photo) => this.#createUpload(visit, photo, by),
      uploadOffset: (url) => this.#uploadOffset(url, by),
      sendChunk: (url, offset, chunk) => this.#sendChunk(url, offset, chunk, by),
    };
  }

  /** Where its bytes go; null when the server has them already. */
  async #createUpload(
    visit: string,
    photo: { sha256: string; size: number; mime: string },
    by: Headers,
  ): Promise<string | null> {
    const metadata = Object.entries({
      sha256: photo.sha256,
      filename: `${photo.sha256}.jpg`,
      filetype: photo.mime,
    }).map(([key, value]) => `${key} ${btoa(value)}`);
    const response = await this.#done('POST', `${SYNC}/visits/${encodeURIComponent(visit)}/blobs`, {
      'Tus-Resumable': '1.0.0',
      'Upload-Length': String(photo.size),
      'Upload-Metadata': metadata.join(','),
      ...by,
    });
    const location = response.headers.get('Location');
    if (response.status === 201 && location) return this.#ownPath(location);
    const reply = await this.#read(response, () => response.json() as Promise<Json>);
    if (reply.present === true) return null;
    throw new ApiError({ kind: 'offline' }, response.status, 'NOT_TUS');
  }

  /** How many bytes the server has of an upload; null when it forgot it. */
  async #uploadOffset(url: string, by: Headers): Promise<number | null> {
    const response = await this.#send('HEAD', url, { 'Tus-Resumable': '1.0.0', ...by });
    if (response.status === 404 || response.status === 410) return null;
    if (!response.ok) throw await this.#refused(response);
    return this.#offset(response);
  }

  /** Sends one chunk; returns the new offset, or null when the server stands elsewhere. */
  async #sendChunk(
    url: string,
    offset: number,
    chunk: Uint8Array<ArrayBuffer>,
    by: Headers,
  ): Promise<number | null> {
    const response = await this.#send(
      'PATCH',
      url,
      {
        'Tus-Resumable': '1.0.0',
        'Upload-Offset': String(offset),
        'Content-Type': 'application/offset+octet-stream',
        ...by,
      },
      chunk,
    );
    if (response.status === 409) return null;
    if (!response.ok) throw await this.#refused(response);
    return this.#offset(response);
  }

  #offset(response: Response): number {
    const offset = Number(response.headers.get('Upload-Offset') ?? Number.NaN);
    if (!Number.isSafeInteger(offset)) throw new ApiError({ kind: 'offline' }, response.status, 'NOT_TUS');
    return offset;
  }

  /** Bytes go to our own server only, whatever a Location says. */
  #ownPath(location: string): string {
    const path = location.replace(/^https?:\/\/[^/]+/, '');
    if (!path.startsWith(`${SYNC}/`)) throw new ApiError({ kind: 'server' }, 201, 'FOREIGN_LOCATION');
    return path;
  }

  // ------------------------------------------------------------------ session

  /** The person the server believes to see, or null when it wants a sign-in. */
  async whoAmI(): Promise<SessionUser | null> {
    const response = await this.#send('GET', SESSION, {});
    if (response.status === 401) return null;
    if (!response.ok) throw await this.#refused(response);
    return this.#user(await this.#read(response, () => response.json() as Promise<Json>));
  }

  async signIn(credentials: { login: string; password: string; device: DeviceClaim }): Promise<SessionUser> {
    return this.#user(await this.#json('POST', SESSION, credentials));
  }

  /** Whose link of a QR code this is; raises ApiError `link_over`. */
  async whoseLink(token: string): Promise<{ login: string; name: string }> {
    const { user } = (await this.#json('POST', `${SESSION}/enrolment/look`, { token })) as { user?: Json };
    if (typeof user?.login !== 'string' || typeof user.name !== 'string')
      throw new ApiError({ kind: 'offline' }, 200, 'NOT_OURS');
    return { login: user.login, name: user.name };
  }

  /** Signs in with the link, which is used up by it. */
  async enrolWith(token: string, device: DeviceClaim): Promise<SessionUser> {
    return this.#user(await this.#json('POST', `${SESSION}/enrolment`, { token, device }));
  }

  /** Ties a session that was begun on the desk to this device. */
  async enrol(device: DeviceClaim): Promise<SessionUser> {
    return this.#user(await this.#json('PUT', `${SESSION}/device`, device));
  }

  async #json(method: string, url: string, body: unknown): Promise<Json> {
    const headers = { 'Content-Type': 'application/json' };
    const response = await this.#done(method, url, headers, JSON.stringify(body));
    return this.#read(response, () => response.json());
  }

  /** `wiped`: everything of this app on this device is deleted on purpose, and the server may ask for it too. */
  async signOut(wiped = false): Promise<void> {
    const response = await this.#send('DELETE', wiped ? `${SESSION}?wiped=1` : SESSION, {});
    if (!response.ok && response.status !== 401) throw await this.#refused(response);
  }

  #user(reply: Json): SessionUser {
    const user = reply.user as Json | null | undefined;
    if (typeof user?.id !== 'string' || typeof user.name !== 'string')
      throw new ApiError({ kind: 'offline' }, 200, 'NOT_OURS');
    const device = reply.device as Json | null | undefined;
    return {
      id: user.id,
      name: user.name,
      login: typeof user.login === 'string' ? user.login : '',
      device: typeof device?.id === 'string' ? device.id : null,
      ticket: typeof device?.ticket === 'string' ? device.ticket : null,
      lost: lostStore(reply.lost),
    };
  }

  // ------------------------------------------------------------------ plumbing

  async #sync<T>(
    method: string,
    path: string,
    parse: (value: unknown) => T,
    { body, headers = {}, signal }: Sending = {},
  ): Promise<T> {
    const sentAt = Date.now();
    const packed = body === undefined ? null : await pack(JSON.stringify(body));
    const all = { ...headers, ...packed?.headers };
    const response = await this.#done(method, SYNC + path, all, packed?.body, signal);
    return this.#read(response, async () => {
      const reply: unknown = await response.json();
      const stamp = parseStamp(reply);
      this.epoch = stamp.epoch;
      this.onStamp(stamp, sentAt);
      return parse(reply);
    });
  }

  /** `#send`, and what the server has not done is raised as an ApiError. */
  async #done(...request: Parameters<Send>): Promise<Response> {
    const response = await this.#send(...request);
    if (!response.ok) throw await this.#refused(response);
    return response;
  }

  async #send(
    method: string,
    url: string,
    headers: Headers = {},
    body?: BodyInit,
    signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
  ): Promise<Response> {
    const safe = method === 'GET' || method === 'HEAD';
    // A header no foreign page can send: the server's proof that our own script asks.
    const guard: Record<string, string> = safe ? {} : { 'X-VSP': '1' };
    try {
      return await this.#fetch(url, {
        method,
        headers: { ...headers, ...guard },
        credentials: 'same-origin',
        referrerPolicy: 'no-referrer', // the server never asks from which screen, and each byte is paid for
        // What changes something is never cached; saying so would cost two headers each time.
        ...(safe ? { cache: 'no-store' as const } : {}),
        redirect: 'error',
        signal,
        ...(body === undefined ? {} : { body }),
      });
    } catch {
      throw new ApiError({ kind: 'offline' }, 0, 'NO_ANSWER');
    }
  }

  /** Reading may break off in the middle, or find something that is not ours. */
  async #read<T>(response: Response, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      const code = error instanceof ProtocolError ? `NOT_OURS: ${error.message}` : 'CUT';
      throw new ApiError({ kind: 'offline' }, response.status, code);
    }
  }

  async #refused(response: Response): Promise<ApiError> {
    let code = '';
    try {
      const reply = (await response.json()) as Json;
      if (typeof reply.code === 'string') code = reply.code;
    } catch {
      // A proxy's page: the status is all there is.
    }
    return new ApiError(
      failureOf(response.status, code, response.headers.get('Retry-After')),
      response.status,
      code,
    );
  }
}
