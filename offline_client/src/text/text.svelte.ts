// What people read. Vietnamese is the first language; a missing English text would show Vietnamese, but
// tests/text.test.ts lets none be missing, unused or different in its placeholders.
import labels from '../../../app/static/shared/labels.json';
import { en } from './en.ts';
import { vi } from './vi.ts';

export type Key = keyof typeof vi;
export type Language = 'vi' | 'en';
export type Topic = keyof typeof labels;

const STORED = 'congvu.language';
const current = $state<{ language: Language }>({ language: 'vi' });

export function language(): Language {
  return current.language;
}

/** Switches every text on the screen; the choice is kept on this phone. */
export function setLanguage(next: Language): void {
  current.language = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // A browser that forbids storage forgets the choice at the next start; nothing else depends on it.
  }
}

/** Reads the stored choice; called once before the first screen is drawn. */
export function restoreLanguage(): void {
  try {
    if (localStorage.getItem(STORED) === 'en') setLanguage('en');
  } catch {
    // See setLanguage.
  }
}

export function t(key: Key, values: { readonly [name: string]: string | number } = {}): string {
  const text: string = current.language === 'en' ? en[key] : vi[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a code that came from outside, such as a hold reason; codes without a text get the fallback. */
export function tCode(prefix: string, code: string, fallback: Key): string {
  const key = `${prefix}.${code}`;
  return key in vi ? t(key as Key) : t(fallback, { code });
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
