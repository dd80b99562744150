import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { show } from "../../../tests/show";
import { Tooltip } from "./tooltip";

test("what is focused by keyboard is explained, and Escape ends it", async () => {
  await show(
    <Tooltip text="Your role does not allow this">
      <button type="button">Issue</button>
    </Tooltip>,
  );
  await userEvent.tab();
  expect(await screen.findByRole("tooltip")).toHaveTextContent("Your role does not allow this");
  expect(screen.getByRole("button")).toHaveAccessibleDescription("Your role does not allow this");
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("tooltip")).toBeNull());
});
