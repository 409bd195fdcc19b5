// Where the files divide: what draws a visit until its form can be filled, and every other screen.
import { Piece } from './piece.svelte.ts';

export const form = new Piece(() => import('./form.ts'));
export const rest = new Piece(() => import('./rest.ts'));
