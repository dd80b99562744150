import { createFileRoute } from "@tanstack/react-router";
import { casQuery } from "@/features/cas";
import { PersonPage, userGrantsQuery, userIdentitiesQuery, userQuery } from "@/features/people";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/people/$user")({
  loader: ({ context, params }) =>
    load(context, userQuery(params.user), userGrantsQuery(params.user), userIdentitiesQuery(params.user), casQuery()),
  component: PersonRoute,
});

function PersonRoute() {
  const { user } = Route.useParams();
  return <PersonPage key={user} id={user} />;
}
