// The keyboard of a tablet: moving on, taking back, and answering with a digit. Digits count only while the cursor is
// inside an item and not in a field, so that nobody triggers them by accident (WCAG 2.1.4).
export type KeyAct =
  | { readonly act: 'next' | 'previous' | 'undo' }
  | { readonly act: 'answer'; readonly nth: number };

type Pressed = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

/** What a key means; `typing` while the cursor is in a field, which keeps its own undo and its digits. */
export function actOf(pressed: Pressed, typing: boolean): KeyAct | null {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = pressed;
  if (shiftKey) return null;
  if (altKey && !ctrlKey && !metaKey) {
    if (key === 'ArrowDown') return { act: 'next' };
    return key === 'ArrowUp' ? { act: 'previous' } : null;
  }
  if (typing) return null;
  if ((ctrlKey || metaKey) && key.toLowerCase() === 'z') return { act: 'undo' };
  if (altKey || ctrlKey || metaKey || !/^[1-9]$/.test(key)) return null;
  return { act: 'answer', nth: Number(key) };
}

export function isTyping(element: Element | null): boolean {
  return element?.matches('textarea, select, input:not([type=file])') ?? false;
}

/** The nth answer of what the cursor is in: the group itself, else the first of the row, else of the item. */
export function answerButton(at: Element | null, nth: number): HTMLButtonElement | null {
  const own = at?.closest('[data-keys]');
  const around = at?.closest('li.line, article.item');
  const group = own ?? around?.querySelector('[data-keys]');
  return group?.querySelectorAll('button')[nth - 1] ?? null;
}
