// Whether the browser promised to keep our data, and how much room is left. Estimates are padded
// by browsers: a hint for refusing photos early, never a promise that a write succeeds.

export interface StorageEstimate {
  readonly persisted: boolean | null;
  readonly freeBytes: number | null;
  /** How much the browser lets this app use at all. */
  readonly quotaBytes: number | null;
}

type StorageApi = Pick<StorageManager, 'persist' | 'persisted' | 'estimate'>;

function storageApi(): Partial<StorageApi> | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.storage;
}

/** Asks the browser not to evict our data; null when it cannot be asked. */
export async function requestPersistence(api = storageApi()): Promise<boolean | null> {
  if (!api?.persist) return null;
  try {
    return await api.persist();
  } catch {
    return null;
  }
}

export async function storageEstimate(api = storageApi()): Promise<StorageEstimate> {
  try {
    const persisted = api?.persisted ? await api.persisted() : null;
    const estimate = api?.estimate ? await api.estimate() : {};
    const free = estimate.quota === undefined ? null : Math.max(0, estimate.quota - (estimate.usage ?? 0));
    return { persisted, freeBytes: free, quotaBytes: estimate.quota ?? null };
  } catch {
    return { persisted: null, freeBytes: null, quotaBytes: null };
  }
}
