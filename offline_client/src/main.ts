import './styles/app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { restoreLooks } from './screens/looks.svelte.ts';
import { app } from './state/app.svelte.ts';
import { restoreLanguage } from './text/text.svelte.ts';

await restoreLanguage();
restoreLooks();
const target = document.getElementById('app');
if (!target) throw new Error('index.html lost its #app element');
const fallback = [...target.childNodes];
target.replaceChildren();
try {
  mount(App, { target, props: { app } });
} catch (error) {
  console.error(error);
  target.replaceChildren(...fallback);
}
void app.start();
