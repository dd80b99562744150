import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Ca, type RevocationReason, rest, toApiError, useRefresh } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useMay } from "@/features/session";
import { type CaAct as Act, useCaConsequences } from "../parts/consequences";

const REASONS = ["cessationOfOperation", "superseded", "cACompromise", "unspecified"] as const;

/** What can be done to an authority; each act says what will come of it. */
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
  const refresh = useRefresh("ca", "certificate", "issuer_key");
  const consequences = useCaConsequences(act, ca);
  const [reason, setReason] = useState<RevocationReason>("cessationOfOperation");
  const run = useMutation({
    mutationFn: () => perform(act, ca.id, reason),
    onSuccess: async () => {
      await refresh();
      onClose();
      toast(t(`cas.done.${act}`, { name: ca.name }));
    },
  });
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t(`cas.ask.${act}`, { name: ca.name })}
      consequences={consequences}
      verb={t(`cas.act.${act}`)}
      name={act === "retire" || act === "revoke" ? ca.name : undefined}
      busy={run.isPending}
      error={run.error ? toApiError(run.error) : null}
      onConfirm={() => run.mutate()}
    >
      {act === "revoke" && (
        <Field label={t("certificates.reason")} help={t("certificates.reasonHelp")}>
          <Select value={reason} onChange={(event) => setReason(event.target.value as RevocationReason)}>
            {REASONS.map((one) => (
              <option key={one} value={one}>
                {t(`reason.${one}`)}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </ConfirmByName>
  );
}

function perform(act: Act, ca: string, reason: RevocationReason) {
  const path = { ca };
  switch (act) {
    case "suspend":
      return rest.suspendCa({ path });
    case "resume":
      return rest.resumeCa({ path });
    case "retire":
      return rest.retireCa({ path });
    case "revoke":
      return rest.revokeCa({ path, body: { reason } });
  }
}
