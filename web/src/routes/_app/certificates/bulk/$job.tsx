import { createFileRoute } from "@tanstack/react-router";
import { BulkJobPage } from "@/features/bulk";

export const Route = createFileRoute("/_app/certificates/bulk/$job")({ component: BulkJobRoute });

function BulkJobRoute() {
  const { job } = Route.useParams();
  return <BulkJobPage key={job} id={job} />;
}
