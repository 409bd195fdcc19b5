// What a person can do about a photo the server refused for good: send it again, keep a copy, or take it away as a
// recorded act. Nothing here deletes bytes.
import { blobOf, retryUpload } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import type { FailedPhotoCare, OpenVisit } from './interface.ts';

interface Ports {
  readonly database: () => UserDatabase | null;
  readonly openVisit: (id: string) => Promise<OpenVisit>;
  /** The state of the visit's photos changed. */
  readonly changed: (visit: string) => Promise<void>;
}

export function failedPhotoCare({ database, openVisit, changed }: Ports): FailedPhotoCare {
  return {
    async retry(visit, sha256) {
      const here = database();
      if (here) await retryUpload(here, visit, sha256);
      await changed(visit);
    },
    async copyOf(visit, sha256) {
      const here = database();
      const blob = here ? await blobOf(here, visit, sha256) : undefined;
      if (!blob) return null;
      const ending = blob.mime.replace('image/', '').replace('jpeg', 'jpg');
      return new File([blob.bytes], `anh-${sha256.slice(0, 12)}.${ending}`, { type: blob.mime });
    },
    async remove(visit, sha256) {
      const open = await openVisit(visit);
      try {
        for (const id of open.photosWith(sha256)) await open.detachPhoto(id);
      } finally {
        open.leave();
      }
      await changed(visit);
    },
  };
}
