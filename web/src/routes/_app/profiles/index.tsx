import { createFileRoute } from "@tanstack/react-router";
import { ProfilesPage, profilesQuery } from "@/features/profiles";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/profiles/")({
  loader: ({ context }) => load(context, profilesQuery()),
  component: ProfilesPage,
});
