// Addresses of the screens. The server answers every path below /field/ with the app, so each of them works
// as a bookmark and offline. src/routes.ts says which screen draws which address.
export const BASE = '/field/';

export type VisitPart =
  | 'overview'
  | 'section'
  | 'find'
  | 'history'
  | 'team'
  | 'member'
  | 'comments'
  | 'contested'
  | 'held'
  | 'score'
  | 'summary'
  | 'previous'
  | 'sign'
  | 'repin';

export type Place =
  | { readonly screen: 'visits' }
  | { readonly screen: 'sync' }
  /** The link of a QR code on the desk; what opens it stands behind `#`. */
  | { readonly screen: 'enrol' }
  /** `within`: the section, the item whose history it is, or the member. */
  | { readonly screen: 'visit'; readonly visit: string; readonly part: VisitPart; readonly within: string }
  | { readonly screen: 'unknown' };

const PARTS: readonly string[] = [
  'find',
  'team',
  'comments',
  'contested',
  'held',
  'score',
  'summary',
  'previous',
  'sign',
  'repin',
];

export const visitsLink = BASE;
export const syncLink = `${BASE}sync`;
export const enrolLink = `${BASE}enrol`;
/** A page of its own, outside the app: follow it with target="_self". */
export const recoveryLink = `${BASE}recovery`;

export function visitLink(
  visit: string,
  part: Exclude<VisitPart, 'section' | 'history' | 'member'> = 'overview',
): string {
  return `${BASE}visits/${visit}${part === 'overview' ? '' : `/${part}`}`;
}

export function sectionLink(visit: string, section: string, item?: string): string {
  return `${BASE}visits/${visit}/sections/${section}${item ? `#${itemId(item)}` : ''}`;
}

/** Straight to a row of a roster, where the roster shows all its rows. */
export function rowLink(visit: string, section: string, row: string): string {
  return `${sectionLink(visit, section)}#${rowId(row)}`;
}

/** What was ever written under an item, or in the minutes ('visit'). */
export function historyLink(visit: string, item: string): string {
  return `${BASE}visits/${visit}/history/${item}`;
}

/** What one member has answered. */
export function memberLink(visit: string, member: string): string {
  return `${BASE}visits/${visit}/team/${encodeURIComponent(member)}`;
}

/** The element id of an item's card. */
export function itemId(item: string): string {
  return `item-${item}`;
}

/** What opens an enrolment, out of a link, its part behind `#`, or pasted as it is; null for anything else. */
export function linkToken(text: string): string | null {
  return /^(?:\S*#)?([\w-]{43})$/.exec(text.trim())?.[1] ?? null;
}

/** The element id of a roster's row. */
export function rowId(row: string): string {
  return `row-${row}`;
}

/** Reads an address; anything else is an unknown place, shown as such. */
export function placeOf(pathname: string): Place {
  const parts = pathname.startsWith(BASE) ? pathname.slice(BASE.length).split('/').filter(Boolean) : ['?'];
  const [first, visit, part, within] = parts;
  if (first === undefined) return { screen: 'visits' };
  if (first === 'sync' && parts.length === 1) return { screen: 'sync' };
  if (first === 'enrol' && parts.length === 1) return { screen: 'enrol' };
  if (first !== 'visits' || !visit) return { screen: 'unknown' };
  if (part === undefined) return { screen: 'visit', visit, part: 'overview', within: '' };
  if (part === 'sections' && within) return { screen: 'visit', visit, part: 'section', within };
  if (part === 'history' && within) return { screen: 'visit', visit, part: 'history', within };
  if (part === 'team' && within)
    return { screen: 'visit', visit, part: 'member', within: decodeURIComponent(within) };
  return PARTS.includes(part) && parts.length === 3
    ? { screen: 'visit', visit, part: part as VisitPart, within: '' }
    : { screen: 'unknown' };
}
