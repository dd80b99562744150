import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Identity } from "@/api";
import { Moment } from "@/components/moment";
import { PanelRow } from "@/components/page";
import { Button } from "@/components/ui/button";

interface IdentityRowProps {
  identity: Identity;
  mayUnlink: boolean;
  busy: boolean;
  onUnlink: () => void;
}

/** A linked account at an identity provider, with a button to unlink it. */
export function IdentityRow({ identity, mayUnlink, busy, onUnlink }: IdentityRowProps): ReactNode {
  const { t } = useTranslation();
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
        mayUnlink &&
        identity.removable && (
          <Button size="sm" busy={busy} onClick={onUnlink}>
            {t("account.unlink")}
          </Button>
        )
      }
    />
  );
}
