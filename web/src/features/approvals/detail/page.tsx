import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError, Approval } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Page, Section } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useCaNames } from "@/features/cas";
import { useMe } from "@/features/session";
import { Failure } from "@/shared/answered";
import { useExecuteApproval } from "../mutations";
import { ApprovalActs } from "../parts/acts";
import { ActBody } from "../parts/body";
import { Consents } from "../parts/consents";
import { isFinal, useConsequences } from "../parts/consequences";
import { isOwnAct } from "../parts/may";
import { useApproval } from "../queries";
import { ApprovalBadge, objectName, operationKey } from "../status";

export function ApprovalPage({ id }: { id: string }) {
  const { t } = useTranslation();
  const found = useApproval(id);
  const approval = found.data;
  return (
    <Page
      title={approval ? `${t(operationKey(approval.operation))}: ${objectName(approval)}` : t("approvals.act")}
      purpose={approval?.reason}
      crumbs={[{ label: t("approvals.title"), to: "/approvals" }]}
      status={approval && <ApprovalBadge state={approval.state} />}
      actions={
        approval && (approval.request ? <ToRequest id={approval.request} /> : <ApprovalActs approval={approval} />)
      }
    >
      <Failure question={found} />
      {found.isPending && <Skeleton className="h-72" />}
      {approval && (
        <>
          {approval.state === "approved" && approval.request === null && <CarryOut approval={approval} />}
          <div className="grid gap-x-7 lg:grid-cols-[1.4fr_1fr]">
            <div className="min-w-0">
              {approval.request === null && <Effects approval={approval} />}
              <ActBody approval={approval} />
            </div>
            <div className="min-w-0">
              <Consents consents={approval.approvals} />
              <Facts approval={approval} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}

function ToRequest({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Button asChild variant="primary">
      <Link to="/requests/$id" params={{ id }}>
        {t("approvals.toRequest")}
      </Link>
    </Button>
  );
}

function Facts({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const isOpen = approval.state === "waiting" || approval.state === "approved";
  return (
    <KeyValues
      pairs={[
        { label: t("approvals.requester"), value: approval.requester_name },
        { label: t("common.created"), value: <Moment time={approval.created_at} precise /> },
        { label: t("approvals.expires"), value: isOpen && <Moment time={approval.expires_at} precise /> },
      ]}
    />
  );
}

/** The operation has its approvals: the requester runs exactly what was approved. */
function CarryOut({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const me = useMe();
  const execute = useExecuteApproval(approval);
  const isOwn = me !== undefined && isOwnAct(approval, me);
  const [isAsking, setAsking] = useState(false);
  return (
    <div className="mb-7 flex flex-col gap-3 rounded-lg border border-accent bg-accent-soft px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-2xl text-sm">
          {!isOwn
            ? t("approvals.waitsForRequester", { name: approval.requester_name })
            : execute.canExecute
              ? t("approvals.carryOutHelp")
              : t("approvals.doAgain")}
        </p>
        {isOwn && execute.canExecute && (
          <Button variant="primary" onClick={() => setAsking(true)}>
            {t("approvals.carryOut")}
          </Button>
        )}
      </div>
      {isAsking && (
        <CarryOutDialog
          approval={approval}
          isBusy={execute.isPending}
          error={execute.failure}
          onConfirm={() => execute.mutate()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

interface CarryOutDialogProps {
  approval: Approval;
  isBusy: boolean;
  error: ApiError | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** The same question as where the operation is started: what it does, and the name typed where it is final. */
function CarryOutDialog({ approval, isBusy, error, onConfirm, onClose }: CarryOutDialogProps) {
  const { t } = useTranslation();
  const effects = useConsequences(approval);
  const name = useObjectName(approval);
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("approvals.askCarryOut", { operation: t(operationKey(approval.operation)), name })}
      consequences={effects}
      verb={t("approvals.carryOut")}
      name={isFinal(approval.operation) ? name : undefined}
      busy={isBusy}
      error={error}
      onConfirm={onConfirm}
    />
  );
}

/** The name of the CA where the operation is about one by its ID. */
function useObjectName(approval: Approval): string {
  return useCaNames().get(approval.object)?.name ?? objectName(approval);
}

/** What the operation does when it is carried out. */
function Effects({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const effects = useConsequences(approval);
  if (effects.length === 0) return null;
  return (
    <Section title={t("approvals.effects")}>
      <ul className="list-disc space-y-1 rounded-lg border bg-surface py-3 pr-4 pl-8 text-sm">
        {effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    </Section>
  );
}
