import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Identity, rest } from "@/api";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Providers } from "@/features/session";
import { useAct } from "./use-act";

/** Accounts of identity providers by which the user signs in; nothing where no provider is known. */
export function Identities() {
  const { t } = useTranslation();
  const identities = useQuery(api.listOwnIdentitiesOptions());
  const providers = useQuery(api.listIdentityProvidersOptions());
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
  const { t } = useTranslation();
  const unlink = useAct(() => rest.unlinkIdentity({ path: { identity: identity.id }, throwOnError: true }));
  return (
    <PanelRow
      title={identity.title}
      detail={
        <>
          {identity.subject}
          {identity.last_used_at && (
            <>
              {" · "}
              {t("account.used")} <Moment time={identity.last_used_at} />
            </>
          )}
        </>
      }
      end={
        identity.removable && (
          <Button size="sm" busy={unlink.isPending} onClick={() => unlink.mutate()}>
            {t("account.unlink")}
          </Button>
        )
      }
    />
  );
}
