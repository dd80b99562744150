import { createFileRoute } from "@tanstack/react-router";
import { ApprovalPage } from "@/features/approvals";

export const Route = createFileRoute("/_app/approvals/$id")({ component: ApprovalRoute });

function ApprovalRoute() {
  const { id } = Route.useParams();
  return <ApprovalPage key={id} id={id} />;
}
