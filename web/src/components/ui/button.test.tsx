import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../../tests/show";
import { Button } from "./button";

test("a button sends no form unless it says so", async () => {
  const send = vi.fn((event) => event.preventDefault());
  await show(
    <form onSubmit={send}>
      <Button>Look</Button>
      <Button type="submit">Send</Button>
    </form>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Look" }));
  expect(send).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(send).toHaveBeenCalledOnce();
});

test("a busy button takes no second click", async () => {
  const act = vi.fn();
  await show(
    <Button busy onClick={act}>
      Revoke
    </Button>,
  );
  const button = screen.getByRole("button", { name: "Revoke" });
  expect(button).toHaveAttribute("aria-busy", "true");
  await userEvent.click(button);
  expect(act).not.toHaveBeenCalled();
});

test("a link may look like a button, and stays a link", async () => {
  await show(
    <Button asChild variant="primary">
      <a href="/cas/new">Create</a>
    </Button>,
  );
  const link = screen.getByRole("link", { name: "Create" });
  expect(link).not.toHaveAttribute("type");
  expect(link).toHaveClass("bg-accent");
});
