import { createFileRoute } from "@tanstack/react-router";
import { RotateCaPage } from "@/features/cas";

export const Route = createFileRoute("/_app/cas/$ca_/rotate")({ component: RotateRoute });

function RotateRoute() {
  const { ca } = Route.useParams();
  return <RotateCaPage key={ca} id={ca} />;
}
