import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { show } from "../../../tests/show";
import { Button } from "./button";
import { Dialog, DialogActions } from "./dialog";
import { Menu, MenuItem } from "./menu";

function Asking() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Ask</Button>
      <Dialog open={isOpen} onOpenChange={setIsOpen} title="Sure?" description="It cannot be undone.">
        <DialogActions>
          <Button>Do it</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

function AskingByMenu() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Menu trigger={<Button>More</Button>}>
        <MenuItem onSelect={() => setIsOpen(true)}>Revoke</MenuItem>
      </Menu>
      <Dialog open={isOpen} onOpenChange={setIsOpen} title="Sure?">
        <Button>Do it</Button>
      </Dialog>
    </>
  );
}

test("a question holds the focus while it is asked, and gives it back", async () => {
  await show(<Asking />);
  const opener = screen.getByRole("button", { name: "Ask" });
  await userEvent.click(opener);
  const dialog = await screen.findByRole("dialog", { name: "Sure?" });
  expect(dialog).toHaveAccessibleDescription("It cannot be undone.");
  for (let turn = 0; turn < 4; turn += 1) {
    await userEvent.tab();
    expect(dialog).toContainElement(document.activeElement as HTMLElement);
  }
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(opener).toHaveFocus());
});

test("asked from a menu, it gives the focus back to the menu's button", async () => {
  await show(<AskingByMenu />);
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  await screen.findByRole("menuitem", { name: "Revoke" });
  await userEvent.keyboard("{Enter}");
  await screen.findByRole("dialog", { name: "Sure?" });
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.getByRole("button", { name: "More" })).toHaveFocus());
});

test("it can be closed by a button", async () => {
  await show(<Asking />);
  await userEvent.click(screen.getByRole("button", { name: "Ask" }));
  await userEvent.click(await screen.findByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("the first field has the focus, not the button that closes the dialog", async () => {
  await show(
    <Dialog open onOpenChange={() => {}} title="Name it">
      <input aria-label="Name" />
    </Dialog>,
  );
  await waitFor(() => expect(screen.getByLabelText("Name")).toHaveFocus());
});

test("one dialog is seen at a time", async () => {
  const dialogs = (isAsking: boolean) => (
    <>
      <Dialog open onOpenChange={() => {}} title="Below">
        <p>below</p>
      </Dialog>
      <Dialog open={isAsking} onOpenChange={() => {}} title="Above">
        <p>above</p>
      </Dialog>
    </>
  );
  const { rerender } = render(dialogs(true));
  const below = () => screen.getByText("below").closest("[role=dialog]");
  expect(below()).toHaveClass("hidden");
  expect(screen.getByText("above").closest("[role=dialog]")).not.toHaveClass("hidden");
  rerender(dialogs(false));
  await waitFor(() => expect(below()).not.toHaveClass("hidden"));
});
