import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { api } from ".";
import { isAffected, refreshAfter, refreshAll } from "./changes";

test.each([
  ["listCertificates", "certificate", true],
  ["getDashboard", "certificate", true],
  ["listCertificates", "user", false],
  ["listAudit", "anything", true],
  ["verifyAudit", "certificate", false],
  ["getMe", "user", false],
  ["listRequests", "approval", true],
  ["listAcmeAccounts", "token", true],
])("%s after a change of a %s: %s", (operation, kind, expected) => {
  expect(isAffected(operation, [kind])).toBe(expected);
});

const isStale = (client: QueryClient, key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated;

test("a change makes the queries of its kind stale, whole lists too, and leaves the others fresh", async () => {
  const client = new QueryClient();
  const [tokens, all, profiles] = [
    api.listTokensQueryKey(),
    [...api.listTokensQueryKey(), "whole"],
    api.listProfilesQueryKey(),
  ];
  for (const key of [tokens, all, profiles, ["decoded", "PEM"]]) client.setQueryData(key, {} as never);
  await refreshAfter(client, "token");
  expect([tokens, all, profiles, ["decoded", "PEM"]].map((key) => isStale(client, key))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  await refreshAll(client);
  expect(isStale(client, ["decoded", "PEM"])).toBe(true);
});
