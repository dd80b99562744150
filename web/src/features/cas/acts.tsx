import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Ca, type RevocationReason, rest, toApiError } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useMay } from "@/features/session";
import { useCas } from "./queries";

type Act = "suspend" | "resume" | "retire" | "revoke";

const REASONS = ["cessationOfOperation", "superseded", "cACompromise", "unspecified"] as const;

/** What can be done to an authority; each act says what will come of it. */
export function CaActs({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const mayControl = useMay("ca:control");
  const mayRevoke = useMay("ca:revoke");
  const [act, setAct] = useState<Act>();
  const isOver = ca.state === "retired" || ca.state === "revoked";
  if (isOver || !(mayControl || mayRevoke)) return null;
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" aria-label={t("certificates.more")}>
            <MoreHorizontal aria-hidden />
          </Button>
        }
      >
        {mayControl && ca.state === "active" && (
          <MenuItem onSelect={() => setAct("suspend")}>{t("cas.act.suspend")}</MenuItem>
        )}
        {mayControl && ca.state === "suspended" && (
          <MenuItem onSelect={() => setAct("resume")}>{t("cas.act.resume")}</MenuItem>
        )}
        {mayControl && <MenuItem onSelect={() => setAct("retire")}>{t("cas.act.retire")}</MenuItem>}
        {mayRevoke && ca.parent !== null && (
          <>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setAct("revoke")}>
              {t("cas.act.revoke")}
            </MenuItem>
          </>
        )}
      </Menu>
      {act && <ActDialog ca={ca} act={act} onClose={() => setAct(undefined)} />}
    </>
  );
}

function ActDialog({ ca, act, onClose }: { ca: Ca; act: Act; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const children = useCas().data?.items.filter((one) => one.parent === ca.id).length ?? 0;
  const [reason, setReason] = useState<RevocationReason>("cessationOfOperation");
  const run = useMutation({
    mutationFn: () => perform(act, ca.id, reason),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
      toast(t(`cas.done.${act}`, { name: ca.name }));
    },
  });
  const consequences = [t(`cas.consequence.${act}`)];
  if (act === "retire" || act === "revoke") consequences.push(t("cas.consequence.forGood"));
  if (children > 0 && act === "revoke") consequences.push(t("cas.consequence.children", { count: children }));
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
      return rest.suspendCa({ path, throwOnError: true });
    case "resume":
      return rest.resumeCa({ path, throwOnError: true });
    case "retire":
      return rest.retireCa({ path, throwOnError: true });
    case "revoke":
      return rest.revokeCa({ path, body: { reason }, throwOnError: true });
  }
}
