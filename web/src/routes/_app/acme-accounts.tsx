import { createFileRoute, redirect } from "@tanstack/react-router";

/** The former address of the ACME tab, for bookmarks. */
export const Route = createFileRoute("/_app/acme-accounts")({
  beforeLoad: () => {
    throw redirect({ to: "/enrollment", search: { protocol: "acme" }, replace: true });
  },
});
