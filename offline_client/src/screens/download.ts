// A file of this page into the phone's own files.

/** Offers the file under its name; its address lives long enough for a slow phone to copy it. */
export function download(file: File): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
