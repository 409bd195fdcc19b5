// @ts-nocheck
import { mergeConfig } from 'vitest/config';
import base from '../vite.config.ts';

// The fast tests that concern what is mutated: stryker.config.json names the files.
const fast = [
  'src/domain/{evidence,news,operations,starting,teamwork,wire}.test.ts',
  'src/sync/packs.test.ts',
  'tests/sync/{chain,drop,fresh,incidents,loop,photos,rounds,step,telling,transitions,uploads}.test.ts',
  'tests/store/{log,ops,store}.test.ts',
];
const config = mergeConfig(base, { test: { testTimeout: 20_000, setupFiles: ['mutation/one_seed.ts'] } });
config.test.include = process.env.MUTATION_TESTS ? process.env.MUTATION_TESTS.split(',') : fast;
export default config;
