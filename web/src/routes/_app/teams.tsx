import { createFileRoute } from "@tanstack/react-router";
import { TeamsPage, teamsQuery } from "@/features/rights";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/teams")({
  loader: ({ context }) => load(context, teamsQuery()),
  component: TeamsPage,
});
