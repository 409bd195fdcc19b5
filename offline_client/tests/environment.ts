// Node, but modules are transformed as for the browser: runes then behave as they do on a phone
// (the server-side form of Svelte evaluates a derived value once).
import type { Environment } from 'vitest/runtime';

export default {
  name: 'client-in-node',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => {} }),
} satisfies Environment;
