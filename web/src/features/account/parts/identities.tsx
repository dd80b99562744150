import { useTranslation } from "react-i18next";
import type { Identity } from "@/api";
import { Panel, Section } from "@/components/page";
import { Providers, useProviders } from "@/features/session";
import { useUnlinkIdentity } from "../mutations";
import { useOwnIdentities } from "../queries";
import { IdentityRow } from "./identity-row";

/** Accounts of identity providers by which the user signs in; nothing where no provider is known. */
export function Identities() {
  const { t } = useTranslation();
  const identities = useOwnIdentities();
  const providers = useProviders();
  const known = identities.data?.items ?? [];
  if (known.length === 0 && (providers.data?.items.length ?? 0) === 0) return null;
  return (
    <Section title={t("account.identities")}>
      {known.length > 0 && (
        <Panel>
          {known.map((identity) => (
            <Row key={identity.id} identity={identity} />
          ))}
        </Panel>
      )}
      <div className="flex flex-wrap gap-2">
        <Providers visit={{ purpose: "link" }} to="/account" label={(title) => t("account.link", { title })} />
      </div>
    </Section>
  );
}

function Row({ identity }: { identity: Identity }) {
  const unlink = useUnlinkIdentity(identity);
  return <IdentityRow identity={identity} mayUnlink busy={unlink.isPending} onUnlink={() => unlink.mutate()} />;
}
