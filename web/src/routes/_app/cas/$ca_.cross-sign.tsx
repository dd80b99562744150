import { createFileRoute } from "@tanstack/react-router";
import { CrossSignPage } from "@/features/cas";

export const Route = createFileRoute("/_app/cas/$ca_/cross-sign")({ component: CrossSignRoute });

function CrossSignRoute() {
  const { ca } = Route.useParams();
  return <CrossSignPage key={ca} id={ca} />;
}
