import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { startI18n } from "@/lib/i18n";

/** Shows a house component as a page would: in English, with a router around it for its links. */
export async function show(content: ReactNode) {
  await startI18n();
  const router = createRouter({
    routeTree: createRootRoute({ component: () => content }),
    history: createMemoryHistory(),
  });
  await router.load();
  return render(<RouterProvider router={router} />);
}
