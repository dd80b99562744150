import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { AuditPage, auditSearch } from "@/features/audit";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/audit")({ validateSearch: auditSearch, component: AuditRoute });

function AuditRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <AuditPage
      search={known(auditSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
