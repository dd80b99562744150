import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { casQuery } from "@/features/cas";
import { CertificatesPage, certificateSearch, certificatesQuery } from "@/features/certificates";
import { profilesQuery } from "@/features/profiles";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/")({
  validateSearch: certificateSearch,
  loader: ({ context, location }) =>
    load(context, certificatesQuery(known(certificateSearch, location.search)), casQuery(), profilesQuery()),
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
