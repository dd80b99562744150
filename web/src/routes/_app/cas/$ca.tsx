import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { CA_TABS, CaPage, caQuery, casQuery } from "@/features/cas";
import { load } from "@/lib/load";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/cas/$ca")({
  validateSearch: z.object({ tab: maybe(z.enum(CA_TABS)) }),
  loader: ({ context, params }) => load(context, caQuery(params.ca), casQuery()),
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
