import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { BulkJobPage, bulkJobQuery, bulkRowsQuery, bulkSearch } from "@/features/bulk";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/bulk/$job")({
  validateSearch: bulkSearch,
  loader: ({ context, params, location }) =>
    load(context, bulkJobQuery(params.job), bulkRowsQuery(params.job, known(bulkSearch, location.search))),
  component: BulkJobRoute,
});

function BulkJobRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { job } = Route.useParams();
  return (
    <BulkJobPage
      key={job}
      id={job}
      search={known(bulkSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
