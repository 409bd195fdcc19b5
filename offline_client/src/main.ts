import './styles/app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { restoreTheme } from './screens/theme.svelte.ts';
import { app } from './state/app.svelte.ts';
import { restoreLanguage } from './text/text.svelte.ts';

await restoreLanguage();
restoreTheme();
const target = document.getElementById('app');
if (!target) throw new Error('index.html lost its #app element');
mount(App, { target, props: { app } });
void app.start();
