// Which screen draws which place, as far as it may be the first; the others are in screens/later.ts. Addresses are
// read and written in screens/links.ts; a visit's screens share one open visit and are chosen inside VisitFrame.svelte.
import type { Component } from 'svelte';
import type { Place } from './screens/links.ts';
import Unknown from './screens/Unknown.svelte';
import Visits from './screens/Visits.svelte';

export const SCREENS: Readonly<Record<Exclude<Place['screen'], 'visit' | 'sync' | 'enrol'>, Component>> = {
  visits: Visits,
  unknown: Unknown,
};
