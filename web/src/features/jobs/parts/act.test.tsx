import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { type Job, rest } from "@/api";
import { addPageTexts } from "@/lib/i18n";
import { jobs } from "@/lib/locales/en/pages/jobs";
import { show } from "../../../../tests/show";
import { JobAct } from "./act";

vi.mock("@/api", async (original) => ({
  ...(await original<typeof import("@/api")>()),
  rest: { cancelJob: vi.fn(async () => ({})), retryJob: vi.fn(async () => ({})) },
}));

const offer = (kind: Job["kind"], state: Job["state"]) =>
  show(
    <QueryClientProvider client={new QueryClient()}>
      <JobAct job={{ id: "j1", kind, state }} />
    </QueryClientProvider>,
  );

addPageTexts({ jobs });

beforeEach(() => {
  vi.clearAllMocks();
});

test.each([
  ["bulk", "queued", "Cancel"],
  ["bulk", "running", "Cancel"],
  ["bulk", "failed", "Try again"],
  ["bulk", "cancelled", "Try again"],
  ["publish_crl", "queued", "Cancel"],
] as const)("a job of kind %s that is %s: %s", async (kind, state, words) => {
  await offer(kind, state);
  await userEvent.click(screen.getByRole("button", { name: words }));
  const asked = words === "Cancel" ? rest.cancelJob : rest.retryJob;
  await waitFor(() => expect(asked).toHaveBeenCalledWith(expect.objectContaining({ path: { job: "j1" } })));
  expect(words === "Cancel" ? rest.retryJob : rest.cancelJob).not.toHaveBeenCalled();
});

test.each([
  ["bulk", "done"],
  ["publish_crl", "running"],
] as const)("nothing can be done about a job of kind %s that is %s", async (kind, state) => {
  await offer(kind, state);
  expect(screen.queryByRole("button")).toBeNull();
});
