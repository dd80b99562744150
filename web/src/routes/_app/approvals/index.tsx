import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { ApprovalsPage, approvalSearch } from "@/features/approvals";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/approvals/")({
  validateSearch: approvalSearch,
  component: ApprovalsRoute,
});

function ApprovalsRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <ApprovalsPage
      search={known(approvalSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
