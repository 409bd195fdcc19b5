// One file for what a section mostly shows after a tap only (pieces.ts).
import { addTexts } from '../../text/text.svelte.ts';
import { extras } from '../../text/vi/extras.ts';
import { form } from '../../text/vi/form.ts';

export { default as Annotator } from './Annotator.svelte';
export { default as JumpSheet } from './JumpSheet.svelte';
export { default as JustTaken } from './JustTaken.svelte';
export { default as PhotoViewer } from './PhotoViewer.svelte';
export { default as Thread } from './Thread.svelte';
export { default as UnsavedPhotos } from './UnsavedPhotos.svelte';

addTexts({ ...form, ...extras });
