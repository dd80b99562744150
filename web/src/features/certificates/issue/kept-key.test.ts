import { renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "@/api";
import { findAskedLoss } from "@/lib/leave-guard";
import { discardSecretFiles, findSecretFile } from "@/lib/secret-files";
import { useKeptKey } from "./kept-key";

let generated = 0;
vi.mock("@/lib/browser-key", async (original) => ({
  ...(await original<typeof import("@/lib/browser-key")>()),
  makeBrowserKey: async () => {
    generated += 1;
    return { csr: `csr ${generated}`, privateKey: `key ${generated}` };
  },
}));

const refusal = new ApiError(422, "invalid_input", "Invalid input", "");
const timeout = new ApiError(0, "offline", "", "");

beforeEach(() => {
  generated = 0;
  discardSecretFiles();
});

function start() {
  const { result } = renderHook(useKeptKey);
  const sent: (string | undefined)[] = [];
  const send = (answer: () => Promise<string>) =>
    result.current("ECDSA-P256", "shop.test", async (csr) => {
      sent.push(csr);
      return answer();
    });
  return { send, sent };
}

test("the key is kept from before the request is sent, until it is saved", async () => {
  const { send } = start();
  let duringRequest: string | undefined;
  const { secret } = await send(async () => {
    duringRequest = findAskedLoss();
    return "certificate";
  });
  expect(duringRequest).toBe("key");
  expect(findAskedLoss()).toBe("key");
  expect(findSecretFile(secret ?? 0)).toMatchObject({ content: "key 1", name: "shop.test.key" });
});

test("a refused request keeps nobody on the page, and the next attempt has the same key", async () => {
  const { send, sent } = start();
  await expect(send(() => Promise.reject(refusal))).rejects.toBe(refusal);
  expect(findAskedLoss()).toBeUndefined();
  await send(async () => "certificate");
  expect(sent).toEqual(["csr 1", "csr 1"]);
});

test("without a response the key stays, also when the next attempt is refused: there may be a certificate", async () => {
  const { send } = start();
  await expect(send(() => Promise.reject(timeout))).rejects.toBe(timeout);
  expect(findAskedLoss()).toBe("key");
  await expect(send(() => Promise.reject(refusal))).rejects.toBe(refusal);
  expect(findAskedLoss()).toBe("key");
});

test("the next certificate has another key", async () => {
  const { send, sent } = start();
  await send(async () => "one");
  await send(async () => "other");
  expect(sent).toEqual(["csr 1", "csr 2"]);
});
