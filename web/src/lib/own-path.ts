/** Whether a return path leads to a page of this origin, as the browser resolves it. */
export function isOwnPath(path: string, origin = window.location.origin): boolean {
  return path.startsWith("/") && URL.canParse(path, origin) && new URL(path, origin).origin === origin;
}
