// A file of its own for rosters and dossiers: most sections have none (pieces.ts).
import { addTexts } from '../../text/text.svelte.ts';
import { form } from '../../text/vi/form.ts';
import { rosters } from '../../text/vi/rosters.ts';

export { default as RosterEditor } from './RosterEditor.svelte';
export { default as SampleEditor } from './SampleEditor.svelte';

addTexts({ ...form, ...rosters });
