import { createFileRoute, redirect } from "@tanstack/react-router";
import { waitingForMeQuery } from "@/features/approvals";
import { DashboardPage, dashboardQuery, statusQuery } from "@/features/dashboard";
import { load, may } from "@/lib/load";

export const Route = createFileRoute("/_app/")({
  beforeLoad: ({ context }) => {
    if (!may(context, "certificate:read")) throw redirect({ to: "/tools" });
  },
  loader: ({ context }) =>
    load(
      context,
      dashboardQuery(),
      may(context, "status:read") && statusQuery(),
      may(context, "approval:approve") && waitingForMeQuery(),
    ),
  component: DashboardPage,
});
