import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Certificate } from "@/api";
import { DAY } from "@/lib/time";
import { show } from "../../../../tests/show";
import { isShorter, RenewedValidity } from "./validity-field";

vi.mock("@/features/cas", () => ({
  useCaNames: () => new Map([["ca", { parent: "root", not_before: null, not_after: null }]]),
}));
vi.mock("@/features/profiles", () => ({
  useProfiles: () => ({
    data: { items: [{ name: "tls-server", validity: { default: "P90D", maximum: "P398D", backdate: null } }] },
  }),
}));

const certificate = (daysLeft: number) =>
  ({
    ca: "ca",
    profile: "tls-server",
    not_before: new Date(Date.now() - (120 - daysLeft) * DAY).toISOString(),
    not_after: new Date(Date.now() + daysLeft * DAY).toISOString(),
  }) as Certificate;

const renewed = (daysLeft: number, validity = "") => (
  <RenewedValidity
    old={certificate(daysLeft)}
    validity={validity}
    onValidity={() => {}}
    isShorterAccepted={false}
    onShorterAccepted={() => {}}
  />
);

test("a certificate that would expire earlier says by how much, and offers the current validity period", async () => {
  await show(renewed(118));
  expect(screen.getByText(/expires \d+ days before the current one/)).toBeVisible();
  expect(screen.getByLabelText("Renew although the new certificate expires earlier")).toBeVisible();
  expect(
    screen.getByRole("option", { name: /Same validity as the current certificate: 1\d\d days/ }),
  ).toBeInTheDocument();
});

test("one that expires later needs no confirmation", async () => {
  await show(renewed(30));
  expect(screen.queryByText(/before the current one/)).toBeNull();
});

test("the same end is not earlier", () => {
  const until = new Date("2027-03-25T00:00:00Z");
  expect(isShorter({ from: until, until }, { not_after: until.toISOString() })).toBe(false);
});
