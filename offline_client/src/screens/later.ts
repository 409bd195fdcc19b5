// The screens nobody sees first, in a file of their own: fetched once the first screen is drawn (App.svelte), precached
// like everything else. tests/first_load.test.ts weighs what comes before.
export { default as Enrol } from './Enrol.svelte';
export { default as SyncState } from './SyncState.svelte';
export { default as VisitFrame } from './VisitFrame.svelte';
