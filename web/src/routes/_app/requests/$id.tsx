import { createFileRoute } from "@tanstack/react-router";
import { casQuery } from "@/features/cas";
import { RequestPage, requestQuery } from "@/features/requests";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/requests/$id")({
  loader: ({ context, params }) => load(context, requestQuery(params.id), casQuery()),
  component: RequestRoute,
});

function RequestRoute() {
  const { id } = Route.useParams();
  return <RequestPage key={id} id={id} />;
}
