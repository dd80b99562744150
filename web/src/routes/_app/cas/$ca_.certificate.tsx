import { createFileRoute } from "@tanstack/react-router";
import { ExternalParentPage } from "@/features/cas";

export const Route = createFileRoute("/_app/cas/$ca_/certificate")({ component: CertificateRoute });

function CertificateRoute() {
  const { ca } = Route.useParams();
  return <ExternalParentPage key={ca} id={ca} />;
}
