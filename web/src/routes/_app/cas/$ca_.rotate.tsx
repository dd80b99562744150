import { createFileRoute } from "@tanstack/react-router";
import { backendsQuery, caQuery, RotateCaPage } from "@/features/cas";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/cas/$ca_/rotate")({
  loader: ({ context, params }) => load(context, caQuery(params.ca), backendsQuery()),
  component: RotateRoute,
});

function RotateRoute() {
  const { ca } = Route.useParams();
  return <RotateCaPage key={ca} id={ca} />;
}
