import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { CopyButton } from "./copy-button";
import { Toaster } from "./ui/toast";

const page = (
  <>
    <CopyButton text="09d255c0" label="Copy serial number" />
    <Toaster />
  </>
);

test("the text is copied, and that is said where it was clicked", async () => {
  const user = userEvent.setup();
  await show(page);
  await user.click(screen.getByRole("button", { name: "Copy serial number" }));
  await screen.findByRole("button", { name: "Copied" });
  expect(await navigator.clipboard.readText()).toBe("09d255c0");
});

test("a browser that refuses is told of, with what to do instead", async () => {
  const user = userEvent.setup();
  await show(page);
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new DOMException("no", "NotAllowedError"));
  await user.click(screen.getByRole("button", { name: "Copy serial number" }));
  expect(await screen.findByText(/Select the text and copy it yourself/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Copied" })).toBeNull();
});
