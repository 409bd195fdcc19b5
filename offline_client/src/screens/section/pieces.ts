// What only some sections have, and what is seen only after a tap.
import { Piece } from '../piece.svelte.ts';

export const rosters = new Piece(() => import('./rosters.ts'));
export const extras = new Piece(() => import('./extras.ts'));
