import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type CertificateRequest, rest, toApiError } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { useMe } from "@/features/session";
import { displayName } from "@/lib/names";
import { actsOn, type RequestAct } from "./may";

interface AskProps {
  request: CertificateRequest;
  onClose: () => void;
}

/** What can be done about a request; each act says what will come of it. */
export function RequestActs({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const acts = actsOn(request, useMe());
  const [asked, setAsked] = useState<{ act: RequestAct; request: CertificateRequest }>();
  const close = () => setAsked(undefined);
  return (
    <>
      {acts.toReversed().map((act) => (
        <Button
          key={act}
          variant={act === "approve" ? "primary" : "secondary"}
          onClick={() => setAsked({ act, request })}
        >
          {t(`requests.act.${act}`)}
        </Button>
      ))}
      {asked?.act === "approve" && <ApproveDialog request={asked.request} onClose={close} />}
      {asked && asked.act !== "approve" && <EndDialog request={asked.request} act={asked.act} onClose={close} />}
    </>
  );
}

/** `request` is as it was when the dialog was opened: consent is to the plan that was seen, and to no later one. */
function ApproveDialog({ request, onClose }: AskProps) {
  const { t } = useTranslation();
  const run = useAct("approve", request, onClose);
  return (
    <Dialog open onOpenChange={onClose} title={t("requests.ask.approve", { name: displayName(request) })}>
      <div className="flex flex-col gap-4 text-sm">
        <p>{t("requests.consequence.approve")}</p>
        <p>{t("requests.consequence.approveLast")}</p>
        <ErrorNotice error={run.error ? toApiError(run.error) : null} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button variant="primary" busy={run.isPending} onClick={() => run.mutate("")}>
          {t("requests.act.approve")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function EndDialog({ request, act, onClose }: AskProps & { act: Exclude<RequestAct, "approve"> }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const run = useAct(act, request, onClose);
  const confirm = () => {
    const lacksReason = act === "reject" && reason.trim() === "";
    setMissing(lacksReason);
    if (!lacksReason) run.mutate(reason.trim());
  };
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t(`requests.ask.${act}`, { name: displayName(request) })}
      consequences={[t(`requests.consequence.${act}`)]}
      verb={t(`requests.act.${act}`)}
      busy={run.isPending}
      error={run.error ? toApiError(run.error) : null}
      onConfirm={confirm}
    >
      {act === "reject" && (
        <Field
          label={t("requests.why")}
          help={t("requests.whyHelp")}
          error={isMissing ? t("requests.whyMissing") : undefined}
        >
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
      )}
    </ConfirmByName>
  );
}

function useAct(act: RequestAct, request: CertificateRequest, onDone: () => void) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => perform(act, request, reason),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onDone();
      toast(t(`requests.done.${act}`));
    },
  });
}

function perform(act: RequestAct, request: CertificateRequest, reason: string) {
  const path = { request: request.id };
  switch (act) {
    case "approve":
      return rest.approveRequest({ path, body: { plan_sha256: request.plan_sha256 }, throwOnError: true });
    case "withdraw":
      return rest.withdrawRequestApproval({ path, throwOnError: true });
    case "reject":
      return rest.rejectRequest({ path, body: { reason }, throwOnError: true });
    case "cancel":
      return rest.cancelRequest({ path, throwOnError: true });
  }
}
