import { renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { findAskedLoss } from "./leave-guard";
import {
  discardSecretFiles,
  findSecretFile,
  keepSecretFile,
  PEM_FILE,
  renameSecretFile,
  saveSecretFile,
  showSecretFile,
  useForgottenFiles,
} from "./secret-files";

vi.mock("./download", () => ({ download: vi.fn() }));

beforeEach(discardSecretFiles);

const keep = () => keepSecretFile("key", "a.key", PEM_FILE);

test("leaving asks while a key is unsaved, and no longer", () => {
  const [one, other] = [keep(), keep()];
  expect(findAskedLoss()).toBe("key");
  saveSecretFile(one);
  expect(findAskedLoss()).toBe("key");
  saveSecretFile(other);
  expect(findAskedLoss()).toBeUndefined();
});

test("a saved key is forgotten when its page is left, an unsaved one is shown elsewhere", () => {
  const [saved, unsaved] = [keep(), keep()];
  const leave = [saved, unsaved].map(showSecretFile);
  const { result, rerender } = renderHook(useForgottenFiles);
  expect(result.current).toEqual([]);
  saveSecretFile(saved);
  for (const end of leave) end();
  rerender();
  expect(result.current.map((file) => file.id)).toEqual([unsaved]);
  expect(findSecretFile(saved)).toBeUndefined();
});

test("nothing is written to the browser's storage", () => {
  localStorage.clear();
  sessionStorage.clear();
  renameSecretFile(keep(), "b.key");
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
});
