import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { historyQuery } from "@/features/audit";
import { CA_TABS, CaPage, caQuery, casQuery, crlsQuery, keysOfQuery } from "@/features/cas";
import { load, may } from "@/lib/load";
import { known, maybe } from "@/lib/search";

const search = z.object({ tab: maybe(z.enum(CA_TABS)) });

export const Route = createFileRoute("/_app/cas/$ca")({
  validateSearch: search,
  loader: ({ context, params: { ca }, location }) => {
    const { tab } = known(search, location.search);
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
