// Where a photo was taken, only if this person agreed (kept in that person's own database), and never in the way of
// taking one: a fix is looked for while the camera is open, and what is not there by then is not recorded.
import type { UserDatabase } from '../store/database.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import type { PhotoPlace, PhotoPlaces } from './interface.ts';

const CONSENT = 'photos/place';
/** How long a fix stands for the place of a photo, and how long a photo that was taken waits for one. */
const FRESH_MS = 60_000;
const PATIENCE_MS = 1_500;
const SEARCH_MS = 90_000;

/** Degrees as the device told them, in millionths; nothing where it told nonsense. */
export function placeOf({
  latitude,
  longitude,
  accuracy,
}: Partial<GeolocationCoordinates>): PhotoPlace | null {
  if (![latitude, longitude, accuracy].every(Number.isFinite)) return null;
  const [lat, lon, metres] = [Number(latitude), Number(longitude), Number(accuracy)];
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180 || metres < 0) return null;
  const millionths = (degrees: number) => Math.round(degrees * 1e6) + 0; // no -0, which has no canonical form
  return { lat_e6: millionths(lat), lon_e6: millionths(lon), accuracy_m: Math.ceil(metres) };
}

/** The better of two fixes: the newer one, unless the older is still fresh and more exact. */
export function better(known: Fix | null, found: Fix): Fix {
  const stands = known !== null && found.at - known.at < FRESH_MS / 4;
  return stands && known.place.accuracy_m < found.place.accuracy_m ? known : found;
}

export interface Fix {
  readonly place: PhotoPlace;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export class LivePhotoPlaces implements PhotoPlaces {
  consent = $state<boolean | null>(null);
  status = $state<PhotoPlaces['status']>('idle');
  #fix: Fix | null = null;
  #watch: number | null = null;
  #stop: ReturnType<typeof setTimeout> | undefined;
  #waiting: (() => void)[] = [];
  #database: UserDatabase | null = null;
  readonly #device: Geolocation | undefined;
  readonly #now: () => number;

  constructor(device = typeof navigator === 'undefined' ? undefined : navigator.geolocation, now = Date.now) {
    this.#device = device;
    this.#now = now;
  }

  async attach(database: UserDatabase | null): Promise<void> {
    this.#end();
    this.#fix = null;
    this.status = 'idle';
    this.#database = database;
    this.consent = database && (await readMeta<boolean>(database, CONSENT));
  }

  async setConsent(agreed: boolean): Promise<void> {
    this.consent = agreed;
    if (agreed) this.begin();
    else this.#end();
    this.#fix = null;
    if (this.#database) await writeMeta(this.#database, CONSENT, agreed);
  }

  begin(): void {
    if (this.consent !== true) return;
    if (!this.#device) {
      this.status = 'unavailable';
      return;
    }
    clearTimeout(this.#stop);
    this.#stop = setTimeout(() => this.#end(), SEARCH_MS);
    if (this.#watch !== null) return;
    this.status = 'searching';
    this.#watch = this.#device.watchPosition(
      (position) => this.#found(position),
      (error) => this.#failed(error.code === 1 ? 'refused' : 'unavailable'),
      { enableHighAccuracy: true, maximumAge: 15_000, timeout: 30_000 },
    );
  }

  /** The place of a photo taken now; null without consent, or when none is known after a moment. */
  async here(): Promise<PhotoPlace | null> {
    if (this.consent !== true) return null;
    this.begin();
    if (!this.#fresh() && this.status === 'searching')
      await new Promise<void>((done) => {
        this.#waiting.push(done);
        setTimeout(done, PATIENCE_MS);
      });
    return this.#fresh()?.place ?? null;
  }

  #fresh(): Fix | null {
    return this.#fix && this.#now() - this.#fix.at < FRESH_MS ? this.#fix : null;
  }

  #found({ coords }: GeolocationPosition): void {
    const place = placeOf(coords);
    if (!place) return;
    this.#fix = better(this.#fix, { place, at: this.#now() });
    this.status = 'found';
    this.#release();
  }

  #failed(status: 'refused' | 'unavailable'): void {
    if (status === 'refused') this.#end();
    this.status = status;
    this.#release();
  }

  #release(): void {
    for (const done of this.#waiting.splice(0)) done();
  }

  #end(): void {
    clearTimeout(this.#stop);
    if (this.#watch !== null) this.#device?.clearWatch(this.#watch);
    this.#watch = null;
    this.#release();
  }
}
