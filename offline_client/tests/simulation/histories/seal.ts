// A surprise visit (decision 0013): what the server may tell nobody but its lead before the log shows the start.
import { START } from '../../../src/domain/starting.ts';
import type { Setup } from './history.ts';

/** Where it leads, when, the code that opens it on members' phones, and the checklist it is made with. */
export interface Surprise {
  readonly unit: string;
  readonly time: string;
  readonly code: string;
  readonly chk: string;
}

export class Seal {
  /** Whether the server's log shows no start yet. */
  holds = true;
  readonly #words: readonly string[];
  readonly #backups = new Map([[0, true]]);

  constructor({ surprise: { unit, code, chk } }: Setup) {
    this.#words = [unit, escaped(unit), code, chk];
  }

  /** The server's log has these now. */
  note(stored: readonly { readonly body?: string }[]): void {
    const paths = stored.map(({ body }) => body && (JSON.parse(body) as { path: string }).path);
    if (paths.includes(START)) this.holds = false;
  }

  keep(backup: number): void {
    this.#backups.set(backup, this.holds);
  }

  putBack(backup: number): void {
    this.holds = this.#backups.get(backup) ?? true;
  }

  /** Whether a reply gives away what is sealed still. */
  isToldBy(reply: Buffer): boolean {
    return this.holds && this.#words.some((word) => reply.includes(word));
  }
}

/** As the server's JSON writes it. */
function escaped(text: string): string {
  return text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
