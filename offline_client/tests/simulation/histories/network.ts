// The way between the phones and the real server. A request waits here until the history says what becomes of it:
// delivered, lost, answered by nobody, answered late, sent twice, cut, refused. Whatever is decided, the server is
// asked one request at a time, so the same seed is the same run.
import { Agent, request } from 'node:http';
import type { Random } from './random.ts';

export interface Sender {
  readonly dead: boolean;
  readonly cookie: string;
}

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request that waits for its fate. */
export interface Waiting extends Question {
  readonly sender: Sender;
  readonly answer: (reply: Reply) => void;
  readonly fail: () => void;
}

export const FATES = {
  delivered: 100,
  'request lost': 9,
  'reply lost': 11,
  'reply cut': 4,
  'reply delayed': 6,
  'request late': 5,
  'request twice': 4,
  'request again later': 4,
  'refused unread': 5,
  'refused after commit': 4,
  'sign-in page of a hotel': 2,
};
export type Fate = keyof typeof FATES;

const REFUSALS = [500, 502, 503, 429];
const PAGE: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<!doctype html><title>Wi-Fi</title>'),
};

function refusal(random: Random): Reply {
  const status = random.pick(REFUSALS);
  const headers: Record<string, string> =
    status === 503 || status === 429 ? { 'retry-after': String(random.below(90)) } : {};
  return { status, headers, body: Buffer.from(random.chance(0.5) ? '{"code":"BUSY"}' : '<html>') };
}

export function asResponse(reply: Reply): Response {
  const body = reply.status === 204 || reply.body.length === 0 ? null : new Uint8Array(reply.body);
  return new Response(body, { status: reply.status, headers: { ...reply.headers } });
}

export class Server {
  /** One request at a time, over one connection: connecting anew took a third of the server's time. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  ask({ method, path, headers, body }: Question): Promise<Reply> {
    const { hostname, port } = this.#url;
    const length = body === null ? 0 : Buffer.byteLength(body);
    const all = {
      ...headers,
      ...(method === 'GET' || method === 'HEAD' ? {} : { 'Content-Length': length }),
    };
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path, headers: all, agent: this.#agent }, (reply) => {
        const parts: Buffer[] = [];
        reply.on('data', (part: Buffer) => parts.push(part));
        reply.on('error', reject);
        reply.on('end', () => {
          const told = Object.entries(reply.headers).filter(
            ([name, value]) =>
              typeof value === 'string' && name !== 'content-length' && name !== 'connection',
          ) as [string, string][];
          resolve({
            status: reply.statusCode ?? 0,
            headers: Object.fromEntries(told),
            body: Buffer.concat(parts),
          });
        });
      });
      asked.on('error', reject);
      asked.end(body ?? undefined);
    });
  }

  /** An order for the simulation's side of the server (tests/simulation/commanded.py). */
  async order<T = null>(name: string, order: object = {}): Promise<T> {
    const body = JSON.stringify(order);
    const reply = await this.ask({ method: 'POST', path: `/simulation/${name}`, headers: {}, body });
    if (reply.status !== 200) throw new Error(`order ${name}: ${reply.status} ${reply.body.toString()}`);
    return JSON.parse(reply.body.toString()) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Sees each reply of the server, whoever hears it. */
export type Looked = (sender: Sender, question: Question, reply: Reply) => void;

export class Network {
  /** Asked by a phone; what becomes of it is not decided yet. */
  readonly waiting: Waiting[] = [];
  /** Under way: a reply that comes late, a request that arrives late or once more. */
  readonly air: (() => Promise<void>)[] = [];
  readonly #server: Server;
  readonly #random: Random;
  readonly #looked: Looked;

  constructor(server: Server, random: Random, looked: Looked) {
    this.#server = server;
    this.#random = random;
    this.#looked = looked;
  }

  /** `fetch` of one tab. */
  fetchOf(sender: Sender, told: () => void): typeof globalThis.fetch {
    return (input, init = {}) =>
      new Promise<Response>((resolve, reject) => {
        const headers: Record<string, string> = {
          Cookie: sender.cookie,
          'Sec-Fetch-Site': 'same-origin',
        };
        new Headers(init.headers).forEach((value, name) => {
          headers[name] = value;
        });
        const waiting: Waiting = {
          sender,
          method: init.method ?? 'GET',
          path: String(input),
          headers,
          body: (init.body as string | Uint8Array | undefined) ?? null,
          answer: (reply) => {
            if (!sender.dead) resolve(asResponse(reply));
          },
          fail: () => {
            if (!sender.dead) reject(new TypeError('network'));
          },
        };
        this.waiting.push(waiting);
        init.signal?.addEventListener('abort', () => {
          this.#take(waiting);
          waiting.fail();
        });
        told();
      });
  }

  #take(waiting: Waiting): void {
    const at = this.waiting.indexOf(waiting);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  async #send(waiting: Waiting): Promise<Reply> {
    const reply = await this.#server.ask(waiting);
    this.#looked(waiting.sender, waiting, reply);
    return reply;
  }

  /** What a dead tab asked nobody hears; whether it went out before is chance. */
  async settleDead(): Promise<void> {
    for (const waiting of this.waiting.filter((each) => each.sender.dead)) {
      this.#take(waiting);
      if (this.#random.chance(0.5)) await this.#send(waiting);
    }
  }

  async decide(waiting: Waiting, fate: Fate): Promise<void> {
    this.#take(waiting);
    switch (fate) {
      case 'delivered':
        return waiting.answer(await this.#send(waiting));
      case 'request lost':
        return waiting.fail();
      case 'reply lost':
        await this.#send(waiting);
        return waiting.fail();
      case 'reply cut': {
        const reply = await this.#send(waiting);
        const body = reply.body.subarray(0, this.#random.below(reply.body.length + 1));
        return waiting.answer({ ...reply, body });
      }
      case 'reply delayed': {
        const reply = await this.#send(waiting);
        this.air.push(async () => waiting.answer(reply));
        return;
      }
      case 'request late':
        this.air.push(async () => void (await this.#send(waiting)));
        return waiting.fail();
      case 'request twice':
        await this.#send(waiting);
        return waiting.answer(await this.#send(waiting));
      case 'request again later': {
        const reply = await this.#send(waiting);
        this.air.push(async () => void (await this.#send(waiting)));
        return waiting.answer(reply);
      }
      case 'refused unread':
        return waiting.answer(refusal(this.#random));
      case 'refused after commit':
        await this.#send(waiting);
        return waiting.answer(refusal(this.#random));
      case 'sign-in page of a hotel':
        return waiting.answer(PAGE);
    }
  }

  /** Something that was under way arrives; the oldest or any other. */
  async land(): Promise<void> {
    const [landing] = this.air.splice(this.#random.below(this.air.length), 1);
    await landing?.();
  }
}
