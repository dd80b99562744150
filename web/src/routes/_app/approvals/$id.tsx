import { createFileRoute } from "@tanstack/react-router";
import { ApprovalPage, approvalQuery } from "@/features/approvals";
import { casQuery } from "@/features/cas";
import { load, may } from "@/lib/load";

export const Route = createFileRoute("/_app/approvals/$id")({
  loader: ({ context, params }) => load(context, approvalQuery(params.id), may(context, "ca:read") && casQuery()),
  component: ApprovalRoute,
});

function ApprovalRoute() {
  const { id } = Route.useParams();
  return <ApprovalPage key={id} id={id} />;
}
