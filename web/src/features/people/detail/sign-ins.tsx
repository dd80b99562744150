import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Identity, toApiError, useRefresh } from "@/api";
import { Panel, Section } from "@/components/page";
import { toast } from "@/components/ui/toast";
import { IdentityRow } from "@/features/account";
import { useMay } from "@/features/session";

/** The accounts of identity providers by which somebody signs in; nothing where there is none. */
export function SignIns({ user }: { user: string }) {
  const { t } = useTranslation();
  const identities = useQuery(api.listUserIdentitiesOptions({ path: { user } }));
  const known = identities.data?.items ?? [];
  if (known.length === 0) return null;
  return (
    <Section title={t("account.identities")}>
      <Panel>
        {known.map((identity) => (
          <Row key={identity.id} user={user} identity={identity} />
        ))}
      </Panel>
    </Section>
  );
}

function Row({ user, identity }: { user: string; identity: Identity }) {
  const mayManage = useMay("user:manage");
  const refresh = useRefresh("user");
  const unlink = useMutation({
    ...api.unlinkUserIdentityMutation(),
    onSuccess: () => refresh(),
    onError: (error) => toast(toApiError(error).message, { tone: "danger" }),
  });
  return (
    <IdentityRow
      identity={identity}
      mayUnlink={mayManage}
      busy={unlink.isPending}
      onUnlink={() => unlink.mutate({ path: { user, identity: identity.id } })}
    />
  );
}
