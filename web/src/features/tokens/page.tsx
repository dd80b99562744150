import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Token } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { ListPage } from "@/shared/list-page";
import { tokenColumns } from "./columns";
import { useRevokeToken } from "./mutations";
import { CreateToken } from "./parts/create";
import { useTokens } from "./queries";

export function TokensPage() {
  const { t } = useTranslation();
  const mayCreate = useMay("token:create");
  const mayRevoke = useMay("token:revoke");
  const [revoking, setRevoking] = useState<Token>();
  const columns = useMemo(() => tokenColumns(t, mayRevoke ? setRevoking : undefined), [t, mayRevoke]);
  return (
    <ListPage
      title={t("tokens.title")}
      purpose={t("tokens.purpose")}
      actions={
        mayCreate && (
          <>
            <Button asChild>
              <Link to="/device">{t("tokens.confirm")}</Link>
            </Button>
            <CreateToken />
          </>
        )
      }
      list={useTokens()}
      table={{ name: "tokens", columns, rowId: (row) => row.id }}
      empty={{ icon: KeyRound, title: t("tokens.emptyTitle"), text: t("tokens.emptyText") }}
    >
      {revoking && <RevokeToken token={revoking} onClose={() => setRevoking(undefined)} />}
    </ListPage>
  );
}

function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation();
  const revoke = useRevokeToken(token, onClose);
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("certificates.ask.revoke", { name: token.name })}
      consequences={[t("tokens.consequence")]}
      verb={t("certificates.act.revoke")}
      busy={revoke.isPending}
      error={revoke.failure}
      onConfirm={() => revoke.mutate()}
    />
  );
}
