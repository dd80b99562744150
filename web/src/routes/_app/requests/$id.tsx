import { createFileRoute } from "@tanstack/react-router";
import { RequestPage } from "@/features/requests";

export const Route = createFileRoute("/_app/requests/$id")({ component: RequestRoute });

function RequestRoute() {
  const { id } = Route.useParams();
  return <RequestPage key={id} id={id} />;
}
