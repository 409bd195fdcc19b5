// What screens may know of the engine: types only, a file for each part. The objects behind them live in this
// folder and are reached through state/app.svelte.ts:
//   import { app } from '../state/app.svelte.ts';
//   app.session, app.visits, app.sync, app.update, await app.openVisit(id)
// Every property is reactive (Svelte 5 runes): read it inside a component or a $derived, never
// copy it at start-up. Every promise of a writing function settles only after the local
// transaction is durably complete; it rejects with NotSaved and then nothing was changed.
export type { Json } from '../domain/wire.ts';
export type { PreviousConclusion, PreviousFinding } from '../store/previous.ts';
export type { CellHistory, HeldDecision, HeldOp, Written } from './history.ts';
export type * from './interface/app.ts';
export type * from './interface/closing.ts';
export type * from './interface/photos.ts';
export type * from './interface/session.ts';
export type * from './interface/sync.ts';
export type * from './interface/team.ts';
export type * from './interface/visit.ts';
export type * from './interface/visits.ts';
export type { Move } from './repinning.ts';
export type { Sentence, SentenceCode, SentenceIcon, SentenceTone } from './sentence.ts';
export type { DeviceSeen, MissingPhotos } from './surroundings.ts';
export type { Undoable } from './undoing.ts';
