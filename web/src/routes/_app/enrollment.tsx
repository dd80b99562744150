import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { EnrollmentPage, PROTOCOLS } from "@/features/enrollment";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/enrollment")({
  validateSearch: z.object({ protocol: maybe(z.enum(PROTOCOLS)) }),
  component: EnrollmentRoute,
});

function EnrollmentRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { protocol } = Route.useSearch();
  return (
    <EnrollmentPage
      protocol={protocol ?? "acme"}
      onProtocol={(next) => void navigate({ search: { protocol: next }, replace: true })}
    />
  );
}
