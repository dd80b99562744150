import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Outlet } from "@tanstack/react-router";
import { AwayNotice, LeaveQuestion } from "@/shell";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Root });

function Root() {
  return (
    <>
      <AwayNotice />
      <Outlet />
      <LeaveQuestion />
    </>
  );
}
