// Every screen that neither comes first nor belongs to a form that is being filled (pieces.ts).
import { addTexts } from '../text/text.svelte.ts';
import { extras } from '../text/vi/extras.ts';
import { form } from '../text/vi/form.ts';
import { rest } from '../text/vi/rest.ts';
import { rosters } from '../text/vi/rosters.ts';

export { default as Enrol } from './Enrol.svelte';
export { default as OtherPart } from './OtherPart.svelte';
export { default as SyncState } from './SyncState.svelte';
export { default as Sealed } from './surprise/Sealed.svelte';
export { default as StartCard } from './surprise/StartCard.svelte';

addTexts({ ...form, ...rosters, ...extras, ...rest });
