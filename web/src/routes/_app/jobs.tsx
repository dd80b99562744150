import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { JobsPage, jobSearch, jobsQuery } from "@/features/jobs";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/jobs")({
  validateSearch: jobSearch,
  loader: ({ context, location }) => load(context, jobsQuery(known(jobSearch, location.search))),
  component: JobsRoute,
});

function JobsRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <JobsPage
      search={known(jobSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
