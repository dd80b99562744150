import { createFileRoute } from "@tanstack/react-router";
import { permissionsQuery, RolesPage, rolesQuery } from "@/features/rights";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/roles")({
  loader: ({ context }) => load(context, rolesQuery(), permissionsQuery()),
  component: RolesPage,
});
