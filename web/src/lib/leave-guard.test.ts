import { renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import {
  addGuard,
  confirmLeave,
  findAskedLoss,
  findLoss,
  type LossKind,
  onLeaveQuestion,
  useLeaveGuard,
} from "./leave-guard";

test("the gravest loss is asked for, and a draft is not", async () => {
  const asked: LossKind[] = [];
  const forget = onLeaveQuestion(async (kind) => {
    asked.push(kind);
    return false;
  });
  const endDraft = addGuard("draft");
  expect([findLoss(), findAskedLoss()]).toEqual(["draft", undefined]);
  expect(await confirmLeave()).toBe(true);
  const ends = [addGuard("changes"), addGuard("key")];
  expect(await confirmLeave()).toBe(false);
  expect(asked).toEqual(["key"]);
  for (const end of [...ends, endDraft, forget]) end();
  expect(await confirmLeave()).toBe(true);
});

test("a guard ends with its page, with its reason, and when the page itself goes on", () => {
  const { rerender, result, unmount } = renderHook(({ isActive }) => useLeaveGuard("changes", isActive), {
    initialProps: { isActive: true },
  });
  expect(findLoss()).toBe("changes");
  rerender({ isActive: false });
  expect(findLoss()).toBeUndefined();
  rerender({ isActive: true });
  result.current();
  expect(findLoss()).toBeUndefined();
  unmount();
  expect(findLoss()).toBeUndefined();
});
