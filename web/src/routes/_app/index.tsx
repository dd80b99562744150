import { createFileRoute, redirect } from "@tanstack/react-router";
import { DashboardPage } from "@/features/dashboard";
import { currentUser } from "@/features/session";

export const Route = createFileRoute("/_app/")({
  beforeLoad: async ({ context }) => {
    const me = await currentUser(context.queryClient);
    if (!me?.permissions.includes("certificate:read")) throw redirect({ to: "/tools" });
  },
  component: DashboardPage,
});
