import { createFileRoute } from "@tanstack/react-router";
import { PeoplePage, usersQuery } from "@/features/people";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/people/")({
  loader: ({ context }) => load(context, usersQuery()),
  component: PeoplePage,
});
