// What can be known of this device's camera before it is opened, and which files may be chosen.

/** `denied`: the browser was forbidden the camera; `none`: there is none; null: nothing is known to be wrong. */
export type CameraTrouble = 'denied' | 'none' | null;

type Here = Partial<Pick<Navigator, 'permissions' | 'mediaDevices'>>;

export async function cameraTrouble(here: Here = navigator): Promise<CameraTrouble> {
  const asked = await here.permissions?.query({ name: 'camera' as PermissionName }).catch(() => null);
  if (asked?.state === 'denied') return 'denied';
  const devices = await here.mediaDevices?.enumerateDevices?.().catch(() => null);
  return devices && !devices.some(({ kind }) => kind === 'videoinput') ? 'none' : null;
}

/**
 * What the file dialog offers. iPhones make a JPEG of a HEIC photo only where HEIC is not asked for; elsewhere HEIC is
 * offered, so that why it cannot be read is told, instead of a photo that cannot be chosen.
 */
export function pictureTypes(here: object = navigator): string {
  const known = 'image/jpeg,image/png,image/webp';
  return 'standalone' in here ? known : `${known},image/heic,image/heif,.heic,.heif`;
}
