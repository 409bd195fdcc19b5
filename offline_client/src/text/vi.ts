// The field client's texts in Vietnamese, its first language; en.ts holds the same keys. They travel in pieces, each
// with the screens that say them (screens/pieces.ts), so nothing of the app imports this file but for its type.
// What the desk says too (states, severities) is in app/static/shared/labels.json.
import { extras } from './vi/extras.ts';
import { first } from './vi/first.ts';
import { form } from './vi/form.ts';
import { rest } from './vi/rest.ts';
import { rosters } from './vi/rosters.ts';

export const vi = { ...first, ...form, ...rosters, ...extras, ...rest } as const;
