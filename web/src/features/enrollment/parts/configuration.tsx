import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Credential } from "@/api";
import { PemView } from "@/components/pem-view";
import { Tabs } from "@/components/ui/tabs";
import { CLIENTS, enrollmentOf } from "./clients";

/** What to paste for each client. `secret` is null where it is no longer known: then a placeholder stands there. */
export function Configuration({ credential, secret }: { credential: Credential; secret: string | null }) {
  const { t } = useTranslation();
  const clients = CLIENTS[credential.protocol];
  const [chosen, setChosen] = useState(clients[0]?.file ?? "");
  const enrollment = useMemo(() => enrollmentOf(credential, secret), [credential, secret]);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <p className="text-xs text-muted">
        <Trans i18nKey="enrollment.rootHelp" components={{ cas: <Link to="/cas" className="underline" /> }} />{" "}
        {secret === null && t("enrollment.placeholderHelp")}
      </p>
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
