import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import * as saving from "@/lib/download";
import { show } from "../../tests/show";
import { PemView } from "./pem-view";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
afterEach(() => void vi.restoreAllMocks());

test("a text is read by keyboard, copied and saved as it is", async () => {
  const user = userEvent.setup();
  const save = vi.spyOn(saving, "download").mockImplementation(() => {});
  const { container } = await show(<PemView text={PEM} name="www.pem" label="Certificate" />);
  const text = container.querySelector("pre");
  expect(text?.textContent).toBe(PEM);
  expect(text).toHaveAttribute("tabindex", "0");
  await user.click(screen.getByRole("button", { name: "Copy Certificate" }));
  expect(await navigator.clipboard.readText()).toBe(PEM);
  await user.click(screen.getByRole("button", { name: "Download www.pem" }));
  expect(save).toHaveBeenCalledWith(PEM, "www.pem");
});
