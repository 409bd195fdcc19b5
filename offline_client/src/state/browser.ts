// What kind of browser window this is, told from signs; none of them is a promise of the browser. Chromium hides
// its private windows well: there only the missing promise to keep data shows (storage.not_persisted).

export interface Signs {
  readonly secure: boolean;
  readonly serviceWorker: boolean;
  /** The private file system opened; null when this browser has none. */
  readonly fileSystem: boolean | null;
  readonly persisted: boolean | null;
  readonly quotaBytes: number | null;
}

/** Less than any disk gives an ordinary window; private windows keep everything in memory. */
const MEMORY_QUOTA = 1_200_000_000;

/** Whether everything is forgotten when this window closes. */
export function isPrivate(signs: Signs): boolean {
  if (!signs.secure || signs.persisted === true) return false;
  if (!signs.serviceWorker) return true; // Firefox
  if (signs.fileSystem === false) return true; // Safari
  return signs.quotaBytes !== null && signs.quotaBytes < MEMORY_QUOTA; // older Chromium
}

/** Reads the signs of this very window. */
export async function signsHere(storage: {
  persisted: boolean | null;
  quotaBytes: number | null;
}): Promise<Signs> {
  const here = typeof navigator === 'undefined' ? undefined : navigator;
  let fileSystem: boolean | null = null;
  if (typeof here?.storage?.getDirectory === 'function')
    fileSystem = await here.storage.getDirectory().then(
      () => true,
      () => false,
    );
  return {
    secure: typeof isSecureContext === 'boolean' && isSecureContext,
    serviceWorker: here !== undefined && 'serviceWorker' in here,
    fileSystem,
    persisted: storage.persisted,
    quotaBytes: storage.quotaBytes,
  };
}

/** iOS in a tab: only there `standalone` exists and is false. Installed it is true, elsewhere it is missing. */
export function isIosTab(here: unknown = typeof navigator === 'undefined' ? {} : navigator): boolean {
  return (here as { standalone?: unknown }).standalone === false;
}

/** Words by which a person recognises this device in the list on the desk. */
export function deviceName(agent = typeof navigator === 'undefined' ? '' : navigator.userAgent): string {
  const find = (...names: string[]) => names.find((name) => agent.includes(name));
  const system = find('Android', 'iPhone', 'iPad', 'Windows', 'Macintosh', 'CrOS', 'Linux') ?? 'Thiết bị';
  const browser = find('SamsungBrowser', 'Edg', 'Firefox', 'Chrome', 'Safari') ?? 'trình duyệt';
  return `${system} · ${browser === 'Edg' ? 'Edge' : browser}`;
}
