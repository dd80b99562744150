import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { download } from "@/lib/download";
import { startI18n } from "@/lib/i18n";
import { addGuard } from "@/lib/leave-guard";
import { discardSecretFiles, findSecretFile, keepSecretFile, PEM_FILE } from "@/lib/secret-files";
import { LeaveQuestion } from "./leave";

vi.mock("@/lib/download", () => ({ download: vi.fn() }));

beforeEach(discardSecretFiles);

async function start() {
  await startI18n();
  const root = createRootRoute({
    component: () => (
      <>
        <Outlet />
        <LeaveQuestion />
      </>
    ),
  });
  const page = (path: string) => createRoute({ getParentRoute: () => root, path, component: () => path });
  const routeTree = root.addChildren([page("/form"), page("/list")]);
  const router = createRouter({ routeTree, history: createMemoryHistory({ initialEntries: ["/form"] }) });
  await router.load();
  render(<RouterProvider router={router} />);
  const go = () => act(async () => void router.navigate({ href: "/list" }));
  return { go, path: () => router.state.location.pathname };
}

test("an unsaved key is kept when the user stays, and lost only with their consent", async () => {
  const { go, path } = await start();
  const id = keepSecretFile("key", "a.key", PEM_FILE);
  await go();
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(path()).toBe("/form");
  expect(findSecretFile(id)).toBeDefined();
  await go();
  await userEvent.click(await screen.findByRole("button", { name: "Leave without saving" }));
  await screen.findByText("/list");
  expect(findSecretFile(id)).toBeUndefined();
});

test("the key can be saved on the way out", async () => {
  const { go } = await start();
  keepSecretFile("key", "a.key", PEM_FILE);
  await go();
  await userEvent.click(await screen.findByRole("button", { name: "Save key and leave" }));
  await screen.findByText("/list");
  expect(download).toHaveBeenCalledWith("key", "a.key", PEM_FILE);
});

test("unsaved changes are asked for, and nothing is asked where nothing is lost", async () => {
  const { go, path } = await start();
  const end = addGuard("changes");
  await go();
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(path()).toBe("/form");
  end();
  await go();
  await screen.findByText("/list");
});
