import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Credential } from "@/api";
import { PemView } from "@/components/pem-view";
import { Tabs } from "@/components/ui/tabs";
import { CLIENTS, type Client, enrollmentOf } from "./clients";
import { Recipes } from "./recipes";
import { TrustHelp } from "./trust-help";

interface ConfigurationProps {
  credential: Credential;
  /** Null if it is no longer known: the text then has a placeholder. */
  secret: string | null;
}

/** What to paste for each client. */
export function Configuration({ credential, secret }: ConfigurationProps) {
  const { protocol } = credential;
  if (protocol === "acme") return <Recipes credential={credential} secret={secret} />;
  return <Commands credential={credential} secret={secret} clients={CLIENTS[protocol]} />;
}

function Commands({ credential, secret, clients }: ConfigurationProps & { clients: readonly Client[] }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(clients[0]?.file ?? "");
  const enrollment = useMemo(() => enrollmentOf(credential, secret), [credential, secret]);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <TrustHelp text="enrollment.rootHelp">{secret === null && t("enrollment.placeholderHelp")}</TrustHelp>
      <Tabs
        label={t("enrollment.client")}
        value={chosen}
        onChange={setChosen}
        tabs={clients.map((client) => ({
          value: client.file,
          label: client.label,
          content: <PemView text={client.text(enrollment)} name={client.file} label={client.label} />,
        }))}
      />
    </div>
  );
}
