import { createFileRoute } from "@tanstack/react-router";
import { caQuery, casQuery, ExternalParentPage } from "@/features/cas";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/cas/$ca_/certificate")({
  loader: ({ context, params }) => load(context, caQuery(params.ca), casQuery()),
  component: CertificateRoute,
});

function CertificateRoute() {
  const { ca } = Route.useParams();
  return <ExternalParentPage key={ca} id={ca} />;
}
