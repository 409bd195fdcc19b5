// Light, dark, or as the phone says. The tokens do the rest (app/static/shared/tokens.css).
export type Theme = 'auto' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

const STORED = 'congvu.theme';
let current = $state<Theme>('auto');

export function theme(): Theme {
  return current;
}

export function setTheme(next: Theme): void {
  current = next;
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // A browser that forbids storage forgets the choice at the next start; nothing else depends on it.
  }
}

export function restoreTheme(): void {
  try {
    const stored = THEMES.find((each) => each === localStorage.getItem(STORED));
    if (stored) setTheme(stored);
  } catch {
    // See setTheme.
  }
}
