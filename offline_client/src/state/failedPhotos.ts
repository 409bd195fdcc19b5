// What a person can do about a photo the server refused for good: send it again, keep a copy, take it away as a
// recorded act, or, where the visit takes none any more, end its sending with a reason. Nothing here deletes bytes.
import { blobOf, giveUp, retryUpload } from '../store/blobs.ts';
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
      // Taken away before it was refused, or by somebody else: there is nothing left to take away, and nothing owed.
      const here = database();
      if (here) await giveUp(here, visit, sha256);
      await changed(visit);
    },
    async end(visit, sha256, { reason, told }) {
      const open = await openVisit(visit);
      try {
        await open.tellOfPhoto(sha256, told);
      } finally {
        open.leave();
      }
      const here = database();
      if (here) await giveUp(here, visit, sha256, reason);
      await changed(visit);
    },
  };
}
