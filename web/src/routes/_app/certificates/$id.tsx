import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { historyQuery } from "@/features/audit";
import { casQuery } from "@/features/cas";
import {
  CertificatePage,
  certificateQuery,
  certificateTabSearch,
  chainQuery,
  publishedStatusQuery,
} from "@/features/certificates";
import { load, may } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/$id")({
  validateSearch: certificateTabSearch,
  loader: ({ context, params: { id }, location }) => {
    const isTimeline = known(certificateTabSearch, location.search).tab === "timeline" && may(context, "audit:read");
    const shown = isTimeline ? [historyQuery(id)] : [publishedStatusQuery(id), chainQuery(id), casQuery()];
    return load(context, certificateQuery(id), ...shown);
  },
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
