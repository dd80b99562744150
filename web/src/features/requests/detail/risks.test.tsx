import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Risk } from "@/api";
import { setLanguage, startI18n } from "@/lib/i18n";
import { Risks } from "./risks";

const risk = (code: string, message: string): Risk => ({ code, field: "sans", message, weight: "warning" });

beforeEach(() => startI18n());
afterEach(async () => {
  cleanup();
  await setLanguage("en");
});

test("a risk has its title in the language of the page, and the statement of the server marked as English", async () => {
  await setLanguage("de");
  render(<Risks risks={[risk("key.weak", "RSA-2048 has 112 bits of strength.")]} />);
  expect(screen.getByText("Schwacher Schlüssel")).toBeVisible();
  expect(screen.getByText("RSA-2048 has 112 bits of strength.")).toHaveAttribute("lang", "en");
  expect(screen.getByText("Warnung")).toBeVisible();
});

test.each(["name.new", "name.wildcard", "certificate.duplicate", "key.weak", "key.reused", "validity.long"])(
  "the risk %s has a title",
  (code) => {
    render(<Risks risks={[risk(code, "A statement.")]} />);
    expect(screen.getAllByText(code)).toHaveLength(1);
  },
);

test("a finding of lint has one title, and an unknown code is its own", () => {
  render(<Risks risks={[risk("lint.san_missing", "One."), risk("moon.full", "Two.")]} />);
  expect(screen.getByText("Finding of the certificate check")).toBeVisible();
  expect(screen.getAllByText("moon.full")).toHaveLength(2);
});
