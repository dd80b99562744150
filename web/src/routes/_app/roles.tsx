import { createFileRoute } from "@tanstack/react-router";
import { RolesPage } from "@/features/rights";

export const Route = createFileRoute("/_app/roles")({ component: RolesPage });
