// What people read. Vietnamese is the first language; a missing English text would show Vietnamese, but
// tests/text.test.ts lets none be missing, unused or different in its placeholders.
// Named, so that the bundler leaves out the topics only the desk uses.
import { hold_reason, severity, visit_state } from '../../../app/static/shared/labels.json';
import type { en } from './en.ts';
import { first } from './vi/first.ts';
import type { vi } from './vi.ts';

export type Key = keyof typeof vi;
export type Language = 'vi' | 'en';
const labels = { hold_reason, severity, visit_state };
export type Topic = keyof typeof labels;

/** Those of the pieces that are here. */
const vietnamese: { [key: string]: string } = { ...first };

/** Each piece of the app brings its texts before any of its screens is drawn. */
export function addTexts(texts: Partial<Record<Key, string>>): void {
  Object.assign(vietnamese, texts);
}

const STORED = 'congvu.language';
const current = $state<{ language: Language }>({ language: 'vi' });
/** Fetched when it is first wanted (it is precached like everything else): most phones never need it. */
let english = $state.raw<typeof en | null>(null);

export function language(): Language {
  return current.language;
}

/** Switches every text on the screen; the choice is kept on this phone. Without its file it stays as it is. */
export async function setLanguage(next: Language): Promise<void> {
  try {
    if (next === 'en') english ??= (await import('./en.ts')).en;
  } catch {
    return;
  }
  current.language = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // A browser that forbids storage forgets the choice at the next start; nothing else depends on it.
  }
}

/** Reads the stored choice; awaited once before the first screen is drawn. */
export async function restoreLanguage(): Promise<void> {
  try {
    if (localStorage.getItem(STORED) === 'en') await setLanguage('en');
  } catch {
    // See setLanguage.
  }
}

export function t(key: Key, values: { readonly [name: string]: string | number } = {}): string {
  const text = (current.language === 'en' && english?.[key]) || (vietnamese[key] ?? key);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a code that came from outside, such as a hold reason; codes without a text get the fallback. */
export function tCode(
  prefix: string,
  code: string,
  fallback: Key,
  values: { readonly [name: string]: string | number } = {},
): string {
  const key = `${prefix}.${code}`;
  return key in vietnamese ? t(key as Key, values) : t(fallback, { code });
}

/** A word both front ends share (app/static/shared/labels.json). */
export function label(topic: Topic, key: string): string {
  const words = (labels[topic] as { readonly [key: string]: { readonly vi: string; readonly en: string } })[
    key
  ];
  return words ? words[current.language] : key;
}

/** A text of a checklist: English only where its author wrote it. */
export function say(text: { readonly vi: string; readonly en?: string | undefined }): string {
  return current.language === 'en' && text.en ? text.en : text.vi;
}
