import { createFileRoute, useNavigate } from "@tanstack/react-router";
import i18next from "i18next";
import { AuditPage, auditQuery, auditSearch } from "@/features/audit";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/audit")({
  validateSearch: auditSearch,
  loader: ({ context, location }) => load(context, auditQuery(i18next.t, known(auditSearch, location.search))),
  component: AuditRoute,
});

function AuditRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <AuditPage
      search={known(auditSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
