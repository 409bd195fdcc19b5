// Uploads a file with tus-js-client as it comes from its makers: begin, break off, go on, finish; or give up.
// node upload.mjs URL FILE HEADERS_JSON METADATA_JSON MODE   (MODE: whole | resume | terminate | creation)
import { readFileSync } from 'node:fs';
import * as tus from 'tus-js-client';

const [url, file, headers, metadata, mode] = process.argv.slice(2);
const bytes = readFileSync(file);
const asked = [];
const common = {
  endpoint: url,
  headers: JSON.parse(headers),
  metadata: JSON.parse(metadata),
  retryDelays: [0, 50, 100],
  chunkSize: mode === 'creation' ? Number.POSITIVE_INFINITY : 10_000,
  uploadDataDuringCreation: mode === 'creation',
  onAfterResponse: (request, response) => asked.push([request.getMethod(), response.getStatus()]),
};

/** Resolves with the upload's address when it is done, or when `until` bytes have gone. */
function run(options, until = Number.POSITIVE_INFINITY) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(bytes, {
      ...common,
      ...options,
      onSuccess: () => resolve(upload),
      onError: reject,
      onChunkComplete: (_size, sent) => {
        if (sent >= until && sent < bytes.length) upload.abort().then(() => resolve(upload));
      },
    });
    upload.start();
  });
}

if (mode === 'whole' || mode === 'creation') await run({});
if (mode === 'resume') await run({ uploadUrl: (await run({}, 20_000)).url });
if (mode === 'terminate') await (await run({}, 20_000)).abort(true);
console.log(JSON.stringify(asked));
