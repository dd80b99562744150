import { useTranslation } from "react-i18next";
import {
  type Approval,
  type ApprovalRules,
  type BulkAction,
  type CaBody,
  isChangeKind,
  type ProfileDefinition,
  type RevocationReason,
  type RotationBody,
  type Rules,
  rest,
  submitRows,
} from "@/api";
import { useChange } from "@/shared/change";
import type { Decision } from "./parts/may";

/** Decides about an approval or a request, as `perform` calls the operation. */
export function useDecide<Subject>(
  decision: Decision,
  subject: Subject,
  perform: (decision: Decision, subject: Subject, reason: string) => Promise<{ data: unknown }>,
  onDone: () => void,
) {
  const { t } = useTranslation();
  return useChange({
    send: (reason: string) => perform(decision, subject, reason),
    changes: ["approval"],
    message: t(`decisions.done.${decision}`),
    onDone,
  });
}

/** Calls the operation of a decision about an approval. */
export function decideApproval(decision: Decision, approval: Approval, reason: string): Promise<{ data: unknown }> {
  const path = { approval: approval.id };
  const { sha256 } = approval;
  switch (decision) {
    case "approve":
      return rest.approve({ path, body: { sha256 } });
    case "withdraw":
      return rest.withdrawApproval({ path });
    case "reject":
      return rest.rejectApproval({ path, body: { reason } });
    case "cancel":
      return rest.cancelApproval({ path });
    case "override":
      return rest.overrideApproval({ path, body: { sha256, reason } });
  }
}

/** Executes an approved operation; `canExecute` is false where this page cannot. */
export function useExecuteApproval(approval: Approval) {
  const { t } = useTranslation();
  const kind = approval.object_kind;
  const perform = carryOut(approval);
  const execute = useChange({
    send: async () => ({ data: await perform?.() }),
    changes: ["approval", ...(isChangeKind(kind) ? [kind] : [])],
    message: t("approvals.carriedOut"),
  });
  return { ...execute, canExecute: perform !== undefined };
}

export function useChangeApprovalRules(version: number) {
  const { t } = useTranslation();
  return useChange({
    send: async (rules: Rules): Promise<{ data: ApprovalRules }> => {
      const { data } = await rest.changeApprovalRules({ body: { version, rules } });
      return { data: data as ApprovalRules };
    },
    changes: ["approval"],
    message: (changed) => t("approvalRules.saved", { version: changed.version }),
  });
}

type Frozen = Record<string, unknown>;

/**
 * Calls an approved operation again, with exactly the body that was frozen, so that the server does what was approved.
 * Undefined where the frozen body lacks a part (a file, a secret), or the operation is started on a page of its own:
 * then the requester repeats the operation there.
 */
export function carryOut(approval: Approval): (() => Promise<unknown>) | undefined {
  const { body, object } = approval;
  switch (approval.operation) {
    case "ca.create":
      return () => rest.createCa({ body: caBody(body) });
    case "ca.rotate":
      return () => rest.rotateCa({ path: { ca: object }, body: rotationBody(body) });
    case "ca.resume":
      return () => rest.resumeCa({ path: { ca: object } });
    case "ca.retire":
      return () => rest.retireCa({ path: { ca: object } });
    case "ca.revoke":
      return () => rest.revokeCa({ path: { ca: object }, body: reasonBody(body) });
    case "key.destroy":
      return () => rest.destroyKey({ path: { key: object } });
    case "profile.change":
      return () => changeProfile(body, object);
    case "approval_rules.change":
      return () => rest.changeApprovalRules({ body: rulesBody(body) });
    case "clock.accept":
      return () => rest.acceptClock();
    case "certificate.bulk_file":
    case "certificate.bulk_revoke":
      return bulk(approval);
    default:
      return undefined;
  }
}

function caBody(body: Frozen): CaBody {
  return {
    ...(pick(body, ["name", "subject", "key_type", "signature_algorithm", "parent", "path_length"]) as CaBody),
    ...pick(body, ["policies", "backend", "key", "external_parent"]),
    name_constraints: constraints(body),
    ...validity(body),
  };
}

function constraints(body: Frozen) {
  return { permitted: body.permitted as string[], excluded: body.excluded as string[] };
}

function rotationBody(body: Frozen): RotationBody {
  const names = ["key_type", "signature_algorithm", "backend", "key", "switch_at", "cross_certify"];
  return { ...pick(body, names), ...validity(body) };
}

function reasonBody(body: Frozen): { reason: RevocationReason; invalidity_date?: string } {
  return pick(body, ["reason", "invalidity_date"]) as { reason: RevocationReason; invalidity_date?: string };
}

/** The frozen version is the one that the change creates; the request names the version before it. */
function rulesBody(body: Frozen): { version: number; rules: Rules } {
  return { version: Number(body.version) - 1, rules: body.rules as Rules };
}

function changeProfile(body: Frozen, profile: string): Promise<unknown> {
  const definition = body.definition as ProfileDefinition;
  switch (body.verb) {
    case "create":
      return rest.createProfile({ body: definition });
    case "update":
      return rest.updateProfile({ path: { profile }, body: definition });
    default:
      return rest.retireProfile({ path: { profile } });
  }
}

function bulk({ object, object_kind, body }: Approval): (() => Promise<unknown>) | undefined {
  if (object_kind === "key") {
    return () => rest.revokeByKey({ body: { key: object, ...reasonBody(body) } });
  }
  const rows = body.first as Record<string, string>[];
  if (rows.length !== body.rows) return undefined;
  const content = rows.map((row) => JSON.stringify(row)).join("\n");
  return () => submitRows(body.action as BulkAction, content, "ndjson");
}

function validity(body: Frozen): Pick<CaBody, "validity"> {
  const { duration, not_before, not_after } = body.validity as Record<string, string | null>;
  if (duration) return { validity: duration };
  return not_after ? { validity: { not_after, ...(not_before && { not_before }) } } : {};
}

function pick(body: Frozen, names: readonly string[]): Frozen {
  return Object.fromEntries(names.filter((name) => body[name] != null).map((name) => [name, body[name]]));
}
