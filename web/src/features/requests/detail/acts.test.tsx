import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type CertificateRequest, type Me, rest } from "@/api";
import { useMe } from "@/features/session";
import { startI18n } from "@/lib/i18n";
import { RequestActs } from "./acts";

vi.mock("@/features/session", () => ({ useMe: vi.fn(), useMay: () => true }));
vi.mock("@/api", async (original) => ({
  ...(await original<typeof import("@/api")>()),
  rest: { approveRequest: vi.fn(async () => ({})), rejectRequest: vi.fn(async () => ({})) },
}));

const request = (plan_sha256: string) =>
  ({
    id: "r1",
    state: "awaiting_approval",
    requested_by: "ann",
    plan_sha256,
    subject: "CN=shop",
    sans: [],
    approvals: { authors: ["ann"], given: [] },
  }) as unknown as CertificateRequest;

function show(plan: string) {
  return (
    <QueryClientProvider client={new QueryClient()}>
      <RequestActs request={request(plan)} />
    </QueryClientProvider>
  );
}

beforeEach(async () => {
  await startI18n();
  vi.mocked(useMe).mockReturnValue({
    id: "bob",
    user: null,
    permissions: ["request:approve"],
  } as unknown as Me);
});

afterEach(cleanup);

test("consent is to the plan that was seen, also when a newer one has arrived behind the dialog", async () => {
  const { rerender } = render(show("aa"));
  await userEvent.click(screen.getByRole("button", { name: "Approve" }));
  rerender(show("bb"));
  await userEvent.click(screen.getByRole("button", { name: "Approve" }));
  await waitFor(() =>
    expect(rest.approveRequest).toHaveBeenCalledWith(
      expect.objectContaining({ path: { request: "r1" }, body: { plan_sha256: "aa" } }),
    ),
  );
});

test("nothing is rejected without a reason", async () => {
  render(show("aa"));
  await userEvent.click(screen.getByRole("button", { name: "Reject" }));
  await userEvent.click(screen.getByRole("button", { name: "Reject" }));
  expect(screen.getByText("Enter a reason.")).toBeVisible();
  expect(rest.rejectRequest).not.toHaveBeenCalled();
  await userEvent.type(screen.getByLabelText("Reason"), " not ours ");
  await userEvent.click(screen.getByRole("button", { name: "Reject" }));
  await waitFor(() =>
    expect(rest.rejectRequest).toHaveBeenCalledWith(expect.objectContaining({ body: { reason: "not ours" } })),
  );
});
