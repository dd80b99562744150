import type { Approval, BulkAction, CaBody, ProfileDefinition, RevocationReason, RotationBody, Rules } from "@/api";
import { rest, submitRows } from "@/api";

type Told = Record<string, unknown>;

/**
 * Asks for an approved act again, with exactly the body that was frozen, so that the server does what was approved.
 * Undefined where the frozen body does not hold all of it (a file, a secret), or it is asked for on a page of its own:
 * then whoever asked does there once more what he did.
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

function caBody(told: Told): CaBody {
  return {
    ...(given(told, ["name", "subject", "key_type", "signature_algorithm", "parent", "path_length"]) as CaBody),
    ...given(told, ["policies", "backend", "key", "external_parent"]),
    name_constraints: constraints(told),
    ...validity(told),
  };
}

function constraints(told: Told) {
  return { permitted: told.permitted as string[], excluded: told.excluded as string[] };
}

function rotationBody(told: Told): RotationBody {
  const names = ["key_type", "signature_algorithm", "backend", "key", "switch_at", "cross_certify"];
  return { ...given(told, names), ...validity(told) };
}

function reasonBody(told: Told): { reason: RevocationReason; invalidity_date?: string } {
  return given(told, ["reason", "invalidity_date"]) as { reason: RevocationReason; invalidity_date?: string };
}

/** The frozen version is the one that the change makes; the change is asked for against the one before. */
function rulesBody(told: Told): { version: number; rules: Rules } {
  return { version: Number(told.version) - 1, rules: told.rules as Rules };
}

function changeProfile(told: Told, profile: string): Promise<unknown> {
  const body = told.definition as ProfileDefinition;
  switch (told.verb) {
    case "create":
      return rest.createProfile({ body });
    case "update":
      return rest.updateProfile({ path: { profile }, body });
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

function validity(told: Told): Pick<CaBody, "validity"> {
  const { duration, not_before, not_after } = told.validity as Record<string, string | null>;
  if (duration) return { validity: duration };
  return not_after ? { validity: { not_after, ...(not_before && { not_before }) } } : {};
}

function given(told: Told, names: readonly string[]): Told {
  return Object.fromEntries(names.filter((name) => told[name] != null).map((name) => [name, told[name]]));
}
