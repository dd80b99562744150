/** Hands the user a file. */
export function download(content: BlobPart, name: string, mediaType = "application/octet-stream"): void {
  const url = URL.createObjectURL(new Blob([content], { type: mediaType }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** A name made of something that others chose, safe as a file name anywhere. */
export function fileName(text: string, extension: string): string {
  const safe = text
    .replace(/^\*/, "wildcard")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  return `${safe.slice(0, 80) || "certificate"}.${extension}`;
}
