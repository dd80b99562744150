import { expect, test } from "vitest";
import { bodyOf, EMPTY, formOf } from "./role-form";

test("nothing chosen is no limit, and lines are names", () => {
  const form = {
    ...EMPTY,
    name: "web",
    permissions: ["certificate:read"],
    names: " DNS:example.com \n\nIP:10.0.0.0/8",
  };
  expect(bodyOf(form)).toEqual({
    name: "web",
    description: "",
    permissions: ["certificate:read"],
    cas: null,
    profiles: null,
    names: ["DNS:example.com", "IP:10.0.0.0/8"],
    reach: "all",
  });
});

test("a role that is edited comes back as it was", () => {
  const role = {
    name: "web",
    version: 2,
    state: "active" as const,
    description: "For the web team",
    permissions: ["certificate:read" as const],
    cas: ["01a20d6d-5a00-7000-8000-000000000000"],
    profiles: null,
    names: ["DNS:example.com"],
    reach: "team" as const,
    created_at: "2026-11-24T12:00:00Z",
  };
  const { version: _, state: __, created_at: ___, ...said } = role;
  expect(bodyOf(formOf(role))).toEqual(said);
});
