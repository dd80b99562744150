import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

/** What a browser has and jsdom has not: nothing is ever laid out here, so there is nothing to observe. */
class NothingToObserve {
  observe() {}
  unobserve() {}
  disconnect() {}
}

if (typeof window !== "undefined") {
  window.ResizeObserver ??= NothingToObserve;
  Element.prototype.scrollIntoView ??= () => {};
  Element.prototype.hasPointerCapture ??= () => false;
  window.scrollTo = () => {};
  configure({ asyncUtilTimeout: 30_000 });
  afterEach(cleanup);
}
