import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { RequestsPage, requestSearch } from "@/features/requests";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/requests/")({
  validateSearch: requestSearch,
  component: RequestsRoute,
});

function RequestsRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <RequestsPage
      search={known(requestSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
