import { describe, expect, test } from 'vitest';
import { problemsOf } from '../scripts/layers.mjs';

describe('layer rules', () => {
  test.each([
    ['domain/scoring.ts', "import { x } from '../store/database.ts';", 'may not import "store"'],
    ['domain/scoring.ts', "import Dexie from 'dexie';", 'package "dexie"'],
    ['domain/scoring.ts', 'const t = Date.now();', 'reads the clock'],
    ['domain/scoring.ts', 'const t = new Date();', 'reads the clock'],
    ['domain/scoring.ts', 'const r = Math.random();', 'uses randomness'],
    ['domain/scoring.ts', 'crypto.getRandomValues(a);', 'uses crypto'],
    ['sync/step.ts', "await fetch('/x');", 'uses the network'],
    ['sync/step.ts', 'indexedDB.open("x");', 'uses the database'],
    ['sync/step.ts', 'setTimeout(f, 1);', 'uses timers'],
    ['sync/driver.ts', "await fetch('/x');", 'only in sync/api.ts'],
    ['sync/driver.ts', "import Dexie from 'dexie';", 'package "dexie"'],
    ['sync/driver.ts', "import { s } from '../state/session.svelte.ts';", 'may not import "state"'],
    ['store/database.ts', "import { p } from '../sync/protocol.ts';", 'may not import "sync"'],
    ['components/A.svelte', "<script>import { v } from '../state/visit.svelte.ts';</script>", '"state"'],
    ['components/A.svelte', '<p style="color:red">x</p>', 'blocked by the CSP'],
    ['screens/A.svelte', "<script>import { d } from '../store/database.ts';</script>", '"store"'],
    ['text/vi.ts', "import { x } from '../domain/scoring.ts';", '"domain"'],
    ['state/a.ts', "const x = await import('../screens/A.svelte');", '"screens"'],
    ['state/a.ts', "import { readFileSync } from 'node:fs';", 'Node module'],
    ['state/a.ts', "import x from '../../tests/x.ts';", 'outside src/'],
    ['state/a.ts', "import l from '../../../app/static/shared/labels.json';", 'outside src/'],
    ['text/a.ts', "import l from '../../../app/static/app.js';", 'outside src/'],
    ['helpers/a.ts', '', 'no place in the layer table'],
  ])('%s: %s', (path, source, message) => {
    expect(problemsOf(path, source).join('\n')).toContain(message);
  });

  test.each([
    ['domain/scoring.ts', "// Date.now() is forbidden here\nimport { a } from './answers.ts';"],
    ['sync/api.ts', "import type { Op } from './protocol.ts';\nawait fetch('/x');"],
    ['state/a.svelte.ts', "import { untrack } from 'svelte';\nimport { d } from '../store/database.ts';"],
    ['store/database.ts', "import Dexie from 'dexie';\nimport { a } from '../domain/operations.ts';"],
    ['components/A.svelte', '<p class="a" style:color={c}>x</p>'],
    ['text/a.ts', "import l from '../../../app/static/shared/labels.json';"],
    ['components/A.svelte', "<p title={t('from')}>{a ?? 'x'}</p>"],
    ['domain/wire.ts', "const url = 'https://x/fetch'; // crypto"],
  ])('%s is fine: %s', (path, source) => {
    expect(problemsOf(path, source)).toEqual([]);
  });
});
