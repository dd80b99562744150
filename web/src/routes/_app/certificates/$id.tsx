import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { casQuery } from "@/features/cas";
import {
  CERTIFICATE_TABS,
  CertificatePage,
  certificateQuery,
  chainQuery,
  publishedStatusQuery,
} from "@/features/certificates";
import { load } from "@/lib/load";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/$id")({
  validateSearch: z.object({ tab: maybe(z.enum(CERTIFICATE_TABS)) }),
  loader: ({ context, params }) =>
    load(context, certificateQuery(params.id), publishedStatusQuery(params.id), chainQuery(params.id), casQuery()),
  component: CertificateRoute,
});

function CertificateRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { tab } = Route.useSearch();
  const { id } = Route.useParams();
  return (
    <CertificatePage
      key={id}
      id={id}
      tab={tab ?? "overview"}
      onTab={(next) => void navigate({ search: { tab: next === "overview" ? undefined : next }, replace: true })}
    />
  );
}
