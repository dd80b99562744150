import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { CertificatesPage, certificateSearch } from "@/features/certificates";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/")({
  validateSearch: certificateSearch,
  component: CertificatesRoute,
});

function CertificatesRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <CertificatesPage
      search={known(certificateSearch, Route.useSearch())}
      onSearch={(changed) => void navigate({ search: (now) => ({ ...now, ...changed }), replace: true })}
    />
  );
}
