import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { ApprovalsPage, approvalSearch } from "@/features/approvals";

export const Route = createFileRoute("/_app/approvals/")({
  validateSearch: approvalSearch,
  component: ApprovalsRoute,
});

function ApprovalsRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <ApprovalsPage
      search={Route.useSearch()}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
