import { useNavigate } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca, RevocationReason } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { useMay } from "@/features/session";
import { ReasonField } from "@/shared/reason-field";
import { useControlCa } from "../mutations";
import { type CaAct as Act, useCaConsequences } from "../parts/consequences";

/** What can be done to a CA; each action says what it does. */
export function CaActs({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayControl = useMay("ca:control");
  const mayRevoke = useMay("ca:revoke");
  const [act, setAct] = useState<Act>();
  const [mayRotate, mayCross, mayInstall] = [useMay("ca:rotate"), useMay("ca:cross-sign"), useMay("ca:install")];
  const isOver = ca.state === "retired" || ca.state === "revoked" || ca.state === "external";
  const isActive = ca.state === "active";
  const hasNext = ca.keys.some((key) => key.state === "next");
  const params = { ca: ca.id };
  if (isOver || !(mayControl || mayRevoke || mayRotate || mayCross || mayInstall)) return null;
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" aria-label={t("certificates.more")}>
            <MoreHorizontal aria-hidden />
          </Button>
        }
      >
        {mayRotate && isActive && !hasNext && (
          <MenuItem onSelect={() => void navigate({ to: "/cas/$ca/rotate", params })}>{t("cas.rotate.act")}</MenuItem>
        )}
        {mayCross && isActive && (
          <MenuItem onSelect={() => void navigate({ to: "/cas/$ca/cross-sign", params })}>
            {t("cas.cross.act")}
          </MenuItem>
        )}
        {mayInstall && (
          <MenuItem onSelect={() => void navigate({ to: "/cas/$ca/certificate", params })}>
            {t("cas.external.title")}
          </MenuItem>
        )}
        <MenuSeparator />
        {mayControl && isActive && <MenuItem onSelect={() => setAct("suspend")}>{t("cas.act.suspend")}</MenuItem>}
        {mayControl && ca.state === "suspended" && (
          <MenuItem onSelect={() => setAct("resume")}>{t("cas.act.resume")}</MenuItem>
        )}
        {mayControl && <MenuItem onSelect={() => setAct("retire")}>{t("cas.act.retire")}</MenuItem>}
        {mayRevoke && ca.parent !== null && (
          <MenuItem danger onSelect={() => setAct("revoke")}>
            {t("cas.act.revoke")}
          </MenuItem>
        )}
      </Menu>
      {act && <ActDialog ca={ca} act={act} onClose={() => setAct(undefined)} />}
    </>
  );
}

function ActDialog({ ca, act, onClose }: { ca: Ca; act: Act; onClose: () => void }) {
  const { t } = useTranslation();
  const consequences = useCaConsequences(act, ca);
  const [reason, setReason] = useState<RevocationReason>("cessationOfOperation");
  const run = useControlCa(act, ca, onClose);
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t(`cas.ask.${act}`, { name: ca.name })}
      consequences={consequences}
      verb={t(`cas.act.${act}`)}
      name={act === "retire" || act === "revoke" ? ca.name : undefined}
      busy={run.isPending}
      error={run.failure}
      onConfirm={() => run.mutate(reason)}
    >
      {act === "revoke" && <ReasonField of="ca" value={reason} onChange={setReason} />}
    </ConfirmByName>
  );
}
