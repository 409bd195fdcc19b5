// The layer rules of the field client as one table and one pure function, so that the check
// and its own test (tests/layers.test.ts) read the same thing. A new folder below src/ fails
// until it is given a place here.
const ALLOWED = {
  domain: ['domain'],
  text: ['text'],
  styles: ['styles'],
  store: ['store', 'domain'],
  sync: ['sync', 'domain', 'store'],
  // Papers as files: laid out and written, from domain values to bytes.
  documents: ['documents', 'domain'],
  state: ['state', 'domain', 'store', 'sync', 'documents'],
  components: ['components', 'domain', 'text'],
  screens: ['screens', 'domain', 'state', 'components', 'text'],
  // The page that must work when the app does not: it has its own words and reads databases raw.
  recovery: ['recovery', 'store', 'styles'],
  // The preview of a draft in the desk's editor: the phone's screens over a visit in memory.
  preview: ['preview', 'screens', 'state', 'components', 'domain', 'text', 'styles'],
  // The entry files App.svelte and main.ts, which put the parts together.
  '': ['state', 'screens', 'components', 'text', 'styles', 'domain', ''],
};
const PACKAGES = {
  domain: [],
  text: [],
  styles: [],
  store: ['dexie'],
  sync: [],
  documents: ['jspdf'],
  state: ['svelte'],
  components: ['svelte'],
  screens: ['svelte'],
  recovery: [],
  preview: ['svelte'],
  '': ['svelte'],
};

// What makes a result depend on anything but its arguments.
const IMPURE = [
  [/\bDate\.now\b|\bnew Date\(\s*\)/, 'reads the clock'],
  [/\bperformance\.now\b/, 'reads the clock'],
  [/\bMath\.random\b/, 'uses randomness'],
  [/(?<![.\w])crypto\b(?!['"\w])/, 'uses crypto'],
  [/(?<![.\w])fetch\s*\(/, 'uses the network'],
  [/\bindexedDB\b/, 'uses the database'],
  [/\bset(Timeout|Interval)\b/, 'uses timers'],
  [/\b(localStorage|sessionStorage|navigator|document|window)\b\s*[.[]/, 'uses the browser'],
];
const isPure = (path) => path.startsWith('domain/') || path === 'sync/step.ts';

/** Comments are blanked (line numbers stay), so that a rule may be named in prose. */
function withoutComments(source) {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, (text) => text.replace(/[^\n]/g, ' '))
    .replace(/<!--[\s\S]*?-->/g, (text) => text.replace(/[^\n]/g, ' '))
    .replace(/(^|[\s;{(,])\/\/[^\n]*/g, '$1');
}

function resolve(from, specifier) {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return null;
      parts.pop();
    } else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

// Data shared with the desk: labels, design tokens and fonts. Data, never code.
const SHARED = /^(\.\.\/)+app\/static\/(shared|fonts)\/[\w.-]+\.(json|css)$/;
const READS_SHARED = new Set(['text', 'styles', '']);

function importProblem(path, layer, specifier) {
  if (SHARED.test(specifier) && READS_SHARED.has(layer)) return null;
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:')) return 'imports a Node module, which no browser has';
    const name = specifier.split('/')[0];
    return PACKAGES[layer].includes(name) ? null : `may not import the package "${name}"`;
  }
  const target = resolve(path, specifier);
  if (target === null) return `imports "${specifier}" from outside src/`;
  const targetLayer = target.includes('/') ? target.split('/')[0] : '';
  return ALLOWED[layer].includes(targetLayer)
    ? null
    : `layer "${layer}" may not import "${targetLayer || target}"`;
}

const IMPORT = /(?:\b(?:import|export)\b[^;'"()]*?\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\s]+)\1/g;

/** The problems of one file: `path` is relative to src/, with forward slashes. */
export function problemsOf(path, source) {
  const layer = path.includes('/') ? path.split('/')[0] : '';
  if (!(layer in ALLOWED)) return [`${path}: folder "${layer}" has no place in the layer table`];
  const problems = [];
  const text = withoutComments(source);
  const report = (index, message) =>
    problems.push(`${path}:${text.slice(0, index).split('\n').length}: ${message}`);
  for (const match of text.matchAll(IMPORT)) {
    const problem = importProblem(path, layer, match[2]);
    if (problem) report(match.index, problem);
  }
  if (isPure(path))
    for (const [pattern, message] of IMPURE) {
      const match = pattern.exec(text);
      if (match) report(match.index, `${message}; pass it in as an argument`);
    }
  const network = /(?<![.\w])fetch\s*\(|\bXMLHttpRequest\b|\bEventSource\b|\bsendBeacon\b/.exec(text);
  if (network && path !== 'sync/api.ts' && path !== 'sw.ts')
    report(network.index, 'the network is used only in sync/api.ts');
  // The CSP blocks style attributes in markup; style:property={...} uses the CSSOM and is fine.
  const inline = path.endsWith('.svelte') ? /<[a-z][^<>]*\sstyle\s*=/i.exec(text) : null;
  if (inline) report(inline.index, 'style attributes are blocked by the CSP; use a class or style:property');
  return problems;
}
