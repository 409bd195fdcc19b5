// The preview of a checklist that is being written: the phone's own screens and scoring, in a frame of the desk's
// editor. An entry of its own, for it is on no phone: answers are made up, live in this page and go nowhere.
import '../styles/app.css';
import { mount } from 'svelte';
import type { Checklist } from '../domain/checklist.ts';
import { addTexts } from '../text/text.svelte.ts';
import { vi } from '../text/vi.ts';
import Preview from './Preview.svelte';
import { PreviewVisit } from './visit.svelte.ts';

const target = document.getElementById('app');
if (!target) throw new Error('preview.html lost its #app element');
addTexts(vi);
const visit = new PreviewVisit();
mount(Preview, { target, props: { visit } });

// The editor hands over the draft as canonical JSON, or null while there is nothing that could be shown.
addEventListener('message', (event: MessageEvent<{ checklist?: string | null }>) => {
  if (event.origin !== location.origin || event.source !== parent || event.data.checklist === undefined)
    return;
  visit.show(event.data.checklist === null ? null : (JSON.parse(event.data.checklist) as Checklist));
});
if (parent !== window) parent.postMessage({ preview: 'ready' }, location.origin);
