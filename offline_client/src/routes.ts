// Which screen draws which place. Addresses are read and written in screens/links.ts; a visit's screens share
// one open visit and are chosen inside screens/VisitFrame.svelte.
import type { Component } from 'svelte';
import Enrol from './screens/Enrol.svelte';
import type { Place } from './screens/links.ts';
import SyncState from './screens/SyncState.svelte';
import Unknown from './screens/Unknown.svelte';
import Visits from './screens/Visits.svelte';

export const SCREENS: Readonly<Record<Exclude<Place['screen'], 'visit'>, Component>> = {
  visits: Visits,
  sync: SyncState,
  enrol: Enrol,
  unknown: Unknown,
};
