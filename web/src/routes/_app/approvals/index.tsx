import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { ApprovalsPage, approvalSearch, approvalsQuery } from "@/features/approvals";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/approvals/")({
  validateSearch: approvalSearch,
  loader: ({ context, location }) => load(context, approvalsQuery(known(approvalSearch, location.search))),
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
