// In the place of fast-png, which jsPDF needs for PNG pictures only: there are none in our papers, and a phone is
// spared 20 kB (vite.config.ts).

export function decode(): never {
  throw new Error('no PNG pictures in documents');
}
