import { useTranslation } from "react-i18next";
import type { VisitBodyWritable } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useVisitProvider } from "../mutations";
import { useProviders } from "../queries";

interface ProvidersProps {
  visit: VisitBodyWritable;
  /** Where to go once one is back. */
  to: string;
  label: (title: string) => string;
}

/** One button for each identity provider; nothing if there is none, or they cannot be loaded. */
export function Providers({ visit, to, label }: ProvidersProps) {
  const { t } = useTranslation();
  const known = useProviders();
  const leave = useVisitProvider(visit, to);
  const { failure } = leave;
  return (
    <>
      {known.data?.items.map((provider) => (
        <Button
          key={provider.name}
          className="mt-3"
          busy={leave.isPending && leave.variables?.name === provider.name}
          onClick={() => leave.mutate(provider)}
        >
          {label(provider.title)}
        </Button>
      ))}
      {failure?.code === "provider_unavailable" ? (
        <p role="alert" className="mt-2 text-xs text-danger">
          {t("signIn.providerAway")}
        </p>
      ) : (
        <ErrorNotice error={failure} />
      )}
    </>
  );
}
