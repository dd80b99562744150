import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { JOB_STATES, JobsPage } from "@/features/jobs";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/jobs")({
  validateSearch: z.object({ state: maybe(z.enum(JOB_STATES)) }),
  component: JobsRoute,
});

function JobsRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { state } = Route.useSearch();
  return <JobsPage state={state} onState={(next) => void navigate({ search: { state: next }, replace: true })} />;
}
