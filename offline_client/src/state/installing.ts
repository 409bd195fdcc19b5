// How this browser puts the app on the home screen, told from its user agent; only what fits is shown. Pure.

export type InstallKind =
  /** The browser offered to do it: one button. */
  | 'prompt'
  | 'ios_safari'
  | 'ios_other'
  | 'chrome'
  | 'samsung'
  | 'firefox'
  /** A window inside another app (Zalo, Facebook): it keeps nothing, and installs nothing. */
  | 'in_app';

export interface InstallFacts {
  readonly agent: string;
  /** Started from the home screen. */
  readonly standalone: boolean;
  /** iPadOS calls itself a Macintosh; a Mac has no touch. */
  readonly touchPoints: number;
  readonly offered: boolean;
}

const IN_APP = /Zalo|FBAN|FBAV|Instagram|Line\/|; wv\)/;

/** Null: installed already, or a desktop that does not offer it. */
export function installKind({ agent, standalone, touchPoints, offered }: InstallFacts): InstallKind | null {
  if (standalone) return null;
  if (IN_APP.test(agent)) return 'in_app';
  if (offered) return 'prompt';
  const ios = /iPhone|iPad|iPod/.test(agent) || (agent.includes('Macintosh') && touchPoints > 1);
  if (ios) return /CriOS|FxiOS|EdgiOS/.test(agent) ? 'ios_other' : 'ios_safari';
  if (!agent.includes('Android')) return null;
  if (agent.includes('SamsungBrowser')) return 'samsung';
  return agent.includes('Firefox') ? 'firefox' : 'chrome';
}
