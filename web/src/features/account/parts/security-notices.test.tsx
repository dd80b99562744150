import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useMe } from "@/features/session";
import { addPageTexts, startI18n } from "@/lib/i18n";
import { account } from "@/lib/locales/en/pages/account";
import { SecurityNotices } from "./security-notices";

vi.mock("@/features/session", () => ({ useMe: vi.fn() }));

type Notices = NonNullable<ReturnType<typeof useMe>>["security_notices"];

function show(security_notices: Notices) {
  vi.mocked(useMe).mockReturnValue({ security_notices } as ReturnType<typeof useMe>);
  return render(<SecurityNotices />);
}

beforeEach(async () => {
  await startI18n();
  addPageTexts({ account });
});

afterEach(cleanup);

test("the user learns how often a second factor was wrong, and what to do", () => {
  show([{ code: "second_factor_failed", message: "", count: 12, last_at: "2026-11-27T12:00:00Z" }]);
  const text = screen.getByRole("alert").textContent;
  expect(text).toContain("12 sign-ins");
  expect(text).toContain("change your password");
});

test("without wrong second factors there is no notice", () => {
  show([]);
  expect(screen.queryByRole("alert")).toBeNull();
});
