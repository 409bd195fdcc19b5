// How this phone shows things: its colours and the size of its text, kept per device. The tokens do the rest
// (app/static/shared/tokens.css, styles/sunlight.css, styles/app.css).
export const THEMES = ['auto', 'light', 'dark', 'sunlight'] as const;
export type Theme = (typeof THEMES)[number];
/** In percent of the usual size. Everything is measured in rem, so everything grows. */
export const TEXT_SIZES = ['100', '125', '150', '200'] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

let shownTheme = $state<Theme>('auto');
let shownSize = $state<TextSize>('100');

export function theme(): Theme {
  return shownTheme;
}

export function textSize(): TextSize {
  return shownSize;
}

export function setTheme(next: Theme): void {
  shownTheme = next;
  dress('theme', next === 'auto' ? undefined : next);
}

export function setTextSize(next: TextSize): void {
  shownSize = next;
  dress('text', next === '100' ? undefined : next);
}

/** Reads what was chosen on this phone; called before the first screen is drawn. */
export function restoreLooks(): void {
  const theme = THEMES.find((each) => each === stored('theme'));
  if (theme) setTheme(theme);
  const size = TEXT_SIZES.find((each) => each === stored('text'));
  if (size) setTextSize(size);
}

function dress(what: 'theme' | 'text', value: string | undefined): void {
  if (value === undefined) delete document.documentElement.dataset[what];
  else document.documentElement.dataset[what] = value;
  try {
    if (value === undefined) localStorage.removeItem(`congvu.${what}`);
    else localStorage.setItem(`congvu.${what}`, value);
  } catch {
    // A browser that forbids storage forgets the choice at the next start; nothing else depends on it.
  }
}

function stored(what: 'theme' | 'text'): string | null {
  try {
    return localStorage.getItem(`congvu.${what}`);
  } catch {
    return null;
  }
}
