import { createFileRoute } from "@tanstack/react-router";
import { casQuery } from "@/features/cas";
import { certificateQuery, IssuePage, issueSearch } from "@/features/certificates";
import { profilesQuery } from "@/features/profiles";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/new")({
  validateSearch: issueSearch,
  loader: ({ context, location }) => {
    const { rekeys } = known(issueSearch, location.search);
    return load(context, casQuery(), profilesQuery(), rekeys !== undefined && certificateQuery(rekeys));
  },
  component: IssueRoute,
});

function IssueRoute() {
  const { rekeys } = Route.useSearch();
  return <IssuePage key={rekeys} rekeys={rekeys} />;
}
