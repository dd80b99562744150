/**
 * What stood behind the `?` when this page was loaded: the router reads queries in its own way, in which a code of
 * digits would be a number. It is taken once, so that no reload brings it again.
 */
let arrived = new URLSearchParams(window.location.search);

export function takeArrival(): URLSearchParams {
  const taken = arrived;
  arrived = new URLSearchParams();
  return taken;
}
