// The screens of a visit's end, in a file of their own: fetched while the visit is being opened, so that the
// first answer need not wait for them.
export { default as Contested } from './Contested.svelte';
export { default as ScoreTrace } from './ScoreTrace.svelte';
export { default as Sign } from './Sign.svelte';
export { default as Summary } from './Summary.svelte';
