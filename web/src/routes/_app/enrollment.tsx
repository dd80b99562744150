import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { credentialsQuery, EnrollmentPage, PROTOCOLS, protocolsQuery } from "@/features/enrollment";
import { load } from "@/lib/load";
import { known, maybe } from "@/lib/search";

const enrollmentSearch = z.object({ protocol: maybe(z.enum(PROTOCOLS)) });

export const Route = createFileRoute("/_app/enrollment")({
  validateSearch: enrollmentSearch,
  loader: ({ context, location }) =>
    load(context, protocolsQuery(), credentialsQuery(known(enrollmentSearch, location.search).protocol ?? "acme")),
  component: EnrollmentRoute,
});

function EnrollmentRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { protocol } = known(enrollmentSearch, Route.useSearch());
  return (
    <EnrollmentPage
      protocol={protocol ?? "acme"}
      onProtocol={(next) => void navigate({ search: { protocol: next }, replace: true })}
    />
  );
}
