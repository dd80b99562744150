import { useTranslation } from "react-i18next";
import type { Identity } from "@/api";
import { Panel, Section } from "@/components/page";
import { IdentityRow } from "@/features/account";
import { useMay } from "@/features/session";
import { useUnlinkUserIdentity } from "../mutations";
import { useUserIdentities } from "../queries";

/** The linked accounts of a user; nothing without one. */
export function SignIns({ user }: { user: string }) {
  const { t } = useTranslation();
  const known = useUserIdentities(user).data?.items ?? [];
  if (known.length === 0) return null;
  return (
    <Section title={t("people.identities")}>
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
  const unlink = useUnlinkUserIdentity(user, identity);
  return (
    <IdentityRow identity={identity} mayUnlink={mayManage} busy={unlink.isPending} onUnlink={() => unlink.mutate()} />
  );
}
