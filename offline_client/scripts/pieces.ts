// Which modules travel together. By itself the bundler makes a file of each set of modules that the same entries share:
// two dozen small ones before a form can be filled, which compress worse than two and name each other's parts.
import { fileURLToPath } from 'node:url';
import type { Rolldown } from 'vite';

const src = (name: string) => fileURLToPath(new URL(`../src/${name}`, import.meta.url));

/** In the order in which a phone fetches them; a module belongs to the first that needs it. */
const PIECES: readonly { readonly name: string; readonly entries: readonly string[] }[] = [
  { name: 'first', entries: [src('main.ts')] },
  { name: 'form', entries: [src('screens/form.ts'), src('state/visit.svelte.ts')] },
  { name: 'rosters', entries: [src('screens/section/rosters.ts')] },
  { name: 'extras', entries: [src('screens/section/extras.ts')] },
  { name: 'rest', entries: [src('screens/rest.ts')] },
];
/** Also in the page that helps when the app does not start: it must not wait for a piece of the app. */
const RECOVERY = src('recovery/main.ts');

type Modules = Rolldown.ChunkingContext;

/** Everything these modules name, by way of others too; what they only import later is not in it. */
function needed(entries: readonly string[], modules: Modules): ReadonlySet<string> {
  const found = new Set(entries);
  for (const id of found) for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next);
  return found;
}

export function pieces(): Rolldown.CodeSplittingGroup[] {
  let table: { readonly name: string | null; readonly modules: ReadonlySet<string> }[] | undefined;
  const tabulate = (modules: Modules) => [
    { name: null, modules: needed([RECOVERY], modules) },
    ...PIECES.map(({ name, entries }) => ({ name, modules: needed(entries, modules) })),
  ];
  const name = (id: string, modules: Modules) => {
    table ??= tabulate(modules);
    return table.find((piece) => piece.modules.has(id))?.name ?? null;
  };
  // Nothing of an earlier piece names a later one, so that no two wait for each other.
  return [{ debugName: 'pieces', name, includeDependenciesRecursively: false }];
}
