import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { startI18n } from "@/lib/i18n";
import { ConfirmByName } from "./confirm-by-name";

test("the act can be done only when the name is typed exactly", async () => {
  await startI18n();
  const confirm = vi.fn();
  render(
    <ConfirmByName
      open
      onOpenChange={() => {}}
      title="Revoke Root CA?"
      consequences={["This cannot be undone."]}
      verb="Revoke"
      name="Root CA"
      busy={false}
      error={null}
      onConfirm={confirm}
    />,
  );
  const button = screen.getByRole("button", { name: "Revoke" });
  expect(screen.getByText("This cannot be undone.")).toBeVisible();
  const field = screen.getByLabelText("Type Root CA to confirm");
  await userEvent.type(field, "root ca");
  expect(button).toBeDisabled();
  await userEvent.clear(field);
  await userEvent.type(field, "Root CA");
  await userEvent.click(button);
  expect(confirm).toHaveBeenCalledOnce();
});
