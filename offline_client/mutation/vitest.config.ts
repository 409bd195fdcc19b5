// @ts-nocheck
import { mergeConfig } from 'vitest/config';
import base from '../vite.config.ts';

// The fast tests that concern what is mutated: stryker.config.json names the files.
const config = mergeConfig(base, { test: { testTimeout: 20_000 } });
config.test.include = process.env.MUTATION_TESTS ? process.env.MUTATION_TESTS.split(',') : ['src/domain/*.test.ts', 'tests/sync/*.test.ts', 'tests/store/*.test.ts'];
export default config;
