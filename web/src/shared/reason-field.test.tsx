import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { ReasonField } from "./reason-field";

const reasons = () => screen.getAllByRole("option").map((one) => one.getAttribute("value"));

test("a certificate and a CA have reasons of their own, and the chosen one is passed on", async () => {
  const change = vi.fn();
  const { unmount } = await show(<ReasonField of="certificate" value="superseded" onChange={change} />);
  expect(reasons()).toContain("keyCompromise");
  expect(reasons()).not.toContain("cACompromise");
  await userEvent.selectOptions(screen.getByRole("combobox"), "keyCompromise");
  expect(change).toHaveBeenCalledWith("keyCompromise");
  unmount();
  await show(<ReasonField of="ca" value="superseded" onChange={change} />);
  expect(reasons()).toContain("cACompromise");
  expect(reasons()).not.toContain("keyCompromise");
});
