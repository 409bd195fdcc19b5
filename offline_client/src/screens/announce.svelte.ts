// One polite live region for the whole app: "saved", "deleted", "page opened". Screen readers hear it, eyes
// see the same words beside the answer.
let text = $state('');
let turn = 0;

export function announce(words: string): void {
  turn += 1;
  text = words + (turn % 2 === 0 ? '' : '\u00a0');
}

/** The words; a trailing space comes and goes, so that the same message is read again. */
export function announced(): string {
  return text;
}
