// The news vectors (tests/vectors/news/), as every reader of them takes them.
import { readdirSync, readFileSync } from 'node:fs';
import type { OwnOperation } from '../src/domain/news.ts';
import type { LogEntry } from '../src/store/rows.ts';

export interface NewsCase {
  readonly description: string;
  readonly given: {
    readonly visit: string;
    readonly after: number;
    readonly prev: string;
    readonly author: string;
    readonly writer: string;
    readonly mine: readonly OwnOperation[];
    readonly entries: readonly unknown[];
  };
  readonly expect: {
    readonly entries: readonly (Omit<LogEntry, 'prev' | 'h' | 'sig' | 'body_b64'> & {
      readonly body_b64: string | null;
    })[];
    readonly h: readonly string[];
  };
}

const folder = new URL('../../tests/vectors/news/', import.meta.url);

export const newsCases: readonly NewsCase[] = readdirSync(folder)
  .sort()
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: NewsCase[] }[])
  .flatMap((group) => group.cases);
