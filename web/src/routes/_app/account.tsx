import { createFileRoute, redirect } from "@tanstack/react-router";
import { AccountPage, factorsQuery, ownIdentitiesQuery, ownSessionsQuery } from "@/features/account";
import { providersQuery } from "@/features/session";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/account")({
  beforeLoad: ({ context: { me } }) => {
    if (!me.user) throw redirect({ to: "/" }); // an API token has no account
  },
  loader: ({ context }) => load(context, factorsQuery(), ownIdentitiesQuery(), ownSessionsQuery(), providersQuery()),
  component: AccountPage,
});
