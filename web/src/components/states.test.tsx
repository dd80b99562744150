import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Inbox } from "lucide-react";
import { expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { EmptyState, ErrorNotice, ErrorState, Reason } from "./states";

test("an empty place says what belongs there, and how it gets there", async () => {
  await show(
    <EmptyState icon={Inbox} title="No requests yet" action={<button type="button">Ask</button>}>
      Who needs a certificate asks here.
    </EmptyState>,
  );
  expect(screen.getByRole("heading", { name: "No requests yet" })).toBeVisible();
  expect(screen.getByText("Who needs a certificate asks here.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Ask" })).toBeVisible();
});

test("an error names thing and reason, an id to ask about, and a next step", async () => {
  const retry = vi.fn();
  const error = { title: "Odd", message: "The key is away.", code: "no_such_code", requestId: "r-17" };
  await show(<ErrorState error={error} retry={retry} />);
  const alert = screen.getByRole("alert");
  expect(alert).toHaveTextContent("Odd");
  expect(screen.getByText("The key is away.")).toHaveAttribute("lang", "en");
  expect(alert).toHaveTextContent("r-17");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

test("a server that does not answer is another matter than one that refuses", async () => {
  await show(<ErrorNotice error={{ message: "Failed to fetch", isOffline: true }} />);
  expect(screen.getByRole("alert")).toHaveTextContent("The server is unavailable");
  expect(screen.queryByText("Failed to fetch")).toBeNull();
});

test("what waits for others is no failure: it tells where it waits", async () => {
  const waitsAt = { to: "/approvals/$id", params: { id: "a1" } } as const;
  await show(<ErrorNotice error={{ message: "Waiting", waitsAt }} />);
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByRole("link", { name: "View the approval" })).toHaveAttribute("href", "/approvals/a1");
});

test("without an error nothing is said, and a reason is never markup", async () => {
  const { container } = await show(
    <div>
      <ErrorNotice error={null} />
      <Reason error={{ message: "<img src=x>" }} className="text-sm" />
    </div>,
  );
  expect(screen.queryByRole("alert")).toBeNull();
  expect(container.querySelector("img")).toBeNull();
  expect(screen.getByText("<img src=x>")).toBeVisible();
});
