import type { LinkProps } from "@tanstack/react-router";

export interface NavEntry {
  to: LinkProps["to"];
  key: "dashboard" | "certificates" | "cas" | "profiles" | "audit" | "keys" | "jobs" | "tokens" | "settings" | "tools";
  /** Who lacks it does not see the page. */
  permission: string;
}

export interface NavGroup {
  key?: "oversight" | "administration";
  entries: readonly NavEntry[];
}

export const NAVIGATION: readonly NavGroup[] = [
  {
    entries: [{ to: "/certificates", key: "certificates", permission: "certificate:read" }],
  },
];
