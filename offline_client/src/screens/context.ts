// What a screen gets from above instead of by import: the app, and inside a visit the open visit.
import { createContext } from 'svelte';
import type { App, OpenVisit } from '../state/interface.ts';

const [appAbove, provideApp] = createContext<() => App>();
const [visitOf, provideVisit] = createContext<() => OpenVisit>();

export { provideApp, provideVisit };

export const appOf = (): App => appAbove()();

/** The open visit; it never changes while its screens are shown. */
export const openVisit = (): OpenVisit => visitOf()();
