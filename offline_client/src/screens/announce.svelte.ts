// One polite live region for the whole app: "saved", "deleted", "page opened". Screen readers hear it, eyes
// see the same words beside the answer.
let current = $state({ text: '', turn: 0 });

export function announce(text: string): void {
  current = { text, turn: current.turn + 1 };
}

/** The words; they alternate a trailing space so that the same message is read again. */
export function announced(): string {
  return current.text + (current.turn % 2 === 0 ? '' : '\u00a0');
}
