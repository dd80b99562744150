import { createFileRoute } from "@tanstack/react-router";
import { TeamsPage } from "@/features/rights";

export const Route = createFileRoute("/_app/teams")({ component: TeamsPage });
