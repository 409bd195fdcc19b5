import { mount } from 'svelte';
import App from './App.svelte';
import { app } from './state/app.svelte.ts';

const target = document.getElementById('app');
if (!target) throw new Error('index.html lost its #app element');
mount(App, { target });
void app.start();
