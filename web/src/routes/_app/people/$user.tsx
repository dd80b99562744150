import { createFileRoute } from "@tanstack/react-router";
import { PersonPage } from "@/features/people";

export const Route = createFileRoute("/_app/people/$user")({ component: PersonRoute });

function PersonRoute() {
  const { user } = Route.useParams();
  return <PersonPage key={user} id={user} />;
}
