import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../../tests/show";
import { Button } from "./button";
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuSeparator } from "./menu";

test("a menu is opened, walked and used by keyboard alone", async () => {
  const hold = vi.fn();
  const revoke = vi.fn();
  const check = vi.fn();
  await show(
    <Menu trigger={<Button>More</Button>}>
      <MenuLabel>Acts</MenuLabel>
      <MenuItem onSelect={hold} hint="h">
        Hold
      </MenuItem>
      <MenuSeparator />
      <MenuCheck checked={false} onCheckedChange={check}>
        Serial
      </MenuCheck>
      <MenuItem danger onSelect={revoke}>
        Revoke
      </MenuItem>
    </Menu>,
  );
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByRole("menuitem", { name: /Hold/ })).toHaveFocus();
  expect(screen.getByText("Acts")).toBeVisible();
  expect(screen.getByRole("separator")).toBeVisible();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(check).toHaveBeenCalledWith(true);
  expect(screen.getByRole("menu")).toBeVisible();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(revoke).toHaveBeenCalledOnce();
  expect(hold).not.toHaveBeenCalled();
  expect(screen.queryByRole("menu")).toBeNull();
});
