import { createFileRoute } from "@tanstack/react-router";
import * as z from "zod/mini";
import { casQuery } from "@/features/cas";
import { certificateQuery, IssuePage } from "@/features/certificates";
import { profilesQuery } from "@/features/profiles";
import { load } from "@/lib/load";
import { known, maybe } from "@/lib/search";

const search = z.object({ rekeys: maybe(z.string().check(z.maxLength(100))) });

export const Route = createFileRoute("/_app/certificates/new")({
  validateSearch: search,
  loader: ({ context, location }) => {
    const { rekeys } = known(search, location.search);
    return load(context, casQuery(), profilesQuery(), rekeys !== undefined && certificateQuery(rekeys));
  },
  component: IssueRoute,
});

function IssueRoute() {
  const { rekeys } = Route.useSearch();
  return <IssuePage key={rekeys} rekeys={rekeys} />;
}
