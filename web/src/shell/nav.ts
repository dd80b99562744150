import type { LinkProps } from "@tanstack/react-router";

export interface NavEntry {
  to: LinkProps["to"];
  key:
    | "dashboard"
    | "certificates"
    | "requests"
    | "approvals"
    | "cas"
    | "profiles"
    | "audit"
    | "keys"
    | "jobs"
    | "people"
    | "tokens"
    | "enrollment"
    | "tools"
    | "settings"
    | "roles"
    | "teams";
  /** Who lacks it does not see the page. */
  permission: string;
}

export interface NavGroup {
  key?: "oversight" | "administration";
  entries: readonly NavEntry[];
}

export const NAVIGATION: readonly NavGroup[] = [
  {
    entries: [
      { to: "/", key: "dashboard", permission: "certificate:read" },
      { to: "/certificates", key: "certificates", permission: "certificate:read" },
      { to: "/requests", key: "requests", permission: "request:read" },
      { to: "/approvals", key: "approvals", permission: "approval:read" },
      { to: "/cas", key: "cas", permission: "ca:read" },
      { to: "/profiles", key: "profiles", permission: "profile:read" },
    ],
  },
  {
    key: "oversight",
    entries: [
      { to: "/audit", key: "audit", permission: "audit:read" },
      { to: "/keys", key: "keys", permission: "ca:read" },
      { to: "/jobs", key: "jobs", permission: "job:read" },
    ],
  },
  {
    key: "administration",
    entries: [
      { to: "/people", key: "people", permission: "user:read" },
      { to: "/roles", key: "roles", permission: "role:read" },
      { to: "/teams", key: "teams", permission: "team:read" },
      { to: "/tokens", key: "tokens", permission: "token:read" },
      { to: "/enrollment", key: "enrollment", permission: "token:read" },
      { to: "/tools", key: "tools", permission: "tools:use" },
      { to: "/settings", key: "settings", permission: "setting:read" },
    ],
  },
];
