import { createFileRoute, redirect } from "@tanstack/react-router";
import { AccountPage } from "@/features/account";
import { currentUser } from "@/features/session";

export const Route = createFileRoute("/_app/account")({
  beforeLoad: async ({ context }) => {
    const me = await currentUser(context.queryClient);
    if (!me?.user) throw redirect({ to: "/" }); // who came with an API token has no account
  },
  component: AccountPage,
});
