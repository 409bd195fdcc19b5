// Which tabs have a visit open: each holds a shared lock, so that a new version is applied only when none does.
const LOCK = 'congvu-editing';

function locks(): LockManager | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.locks;
}

/** Says that this tab has a visit open; the answer ends it. */
export function editing(): () => void {
  let end = () => {};
  const open = new Promise<void>((resolve) => {
    end = resolve;
  });
  void locks()
    ?.request(LOCK, { mode: 'shared' }, () => open)
    .catch(() => {});
  return end;
}

/** Runs `work` unless a visit is open somewhere. A browser without locks has only what this tab knows. */
export async function whileNobodyEdits(work: () => void): Promise<'applied' | 'editing'> {
  const manager = locks();
  if (!manager) {
    work();
    return 'applied';
  }
  return manager.request(LOCK, { mode: 'exclusive', ifAvailable: true }, (lock) => {
    if (!lock) return 'editing' as const;
    work();
    return 'applied' as const;
  });
}
