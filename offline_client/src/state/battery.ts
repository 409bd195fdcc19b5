// How full the battery is, where the browser says so (Chromium); elsewhere nobody is told anything.
interface BatteryManager {
  readonly charging: boolean;
  /** 0 to 1. */
  readonly level: number;
}

const LOW = 0.3;

/** Percent of a battery that is low and not being charged; null otherwise, and where it cannot be known. */
export async function lowBattery(
  here: unknown = typeof navigator === 'undefined' ? null : navigator,
): Promise<number | null> {
  const ask = (here as { getBattery?: () => Promise<BatteryManager> } | null)?.getBattery;
  if (typeof ask !== 'function') return null;
  try {
    const { charging, level } = await ask.call(here);
    return !charging && level < LOW ? Math.round(level * 100) : null;
  } catch {
    return null; // a policy of the page forbids it
  }
}
