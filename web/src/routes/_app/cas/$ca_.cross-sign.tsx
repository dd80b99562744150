import { createFileRoute } from "@tanstack/react-router";
import { CrossSignPage, caQuery, casQuery } from "@/features/cas";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/cas/$ca_/cross-sign")({
  loader: ({ context, params }) => load(context, caQuery(params.ca), casQuery()),
  component: CrossSignRoute,
});

function CrossSignRoute() {
  const { ca } = Route.useParams();
  return <CrossSignPage key={ca} id={ca} />;
}
