import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { historyQuery } from "@/features/audit";
import { CaPage, caQuery, caSearch, casQuery, crlsQuery, keysOfQuery } from "@/features/cas";
import { load, may } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/cas/$ca")({
  validateSearch: caSearch,
  loader: ({ context, params: { ca }, location }) => {
    const { tab } = known(caSearch, location.search);
    const ofTab = {
      crls: [crlsQuery(ca), may(context, "key:read") && keysOfQuery(ca)],
      timeline: [may(context, "audit:read") && historyQuery(ca)],
    };
    return load(context, caQuery(ca), casQuery(), ...(tab === "crls" || tab === "timeline" ? ofTab[tab] : []));
  },
  component: CaRoute,
});

function CaRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { tab } = Route.useSearch();
  const { ca } = Route.useParams();
  return (
    <CaPage
      key={ca}
      id={ca}
      tab={tab ?? "overview"}
      onTab={(next) => void navigate({ search: { tab: next === "overview" ? undefined : next }, replace: true })}
    />
  );
}
