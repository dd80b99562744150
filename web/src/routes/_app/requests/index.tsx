import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { RequestsPage, requestSearch, requestsQuery } from "@/features/requests";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/requests/")({
  validateSearch: requestSearch,
  loader: ({ context, location }) => load(context, requestsQuery(known(requestSearch, location.search))),
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
