// The file that a visit's form waits for (pieces.ts): keep out of it what can come later.
import { addTexts } from '../text/text.svelte.ts';
import { form } from '../text/vi/form.ts';

export { default as VisitFrame } from './VisitFrame.svelte';

addTexts(form);
