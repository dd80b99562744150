import type { Query, QueryClient } from "@tanstack/react-query";

/** By the kind of object that has changed: the operations whose responses can be different now. */
const AFFECTED = {
  approval: /Approval|Request/,
  ca: /Ca|Crl|Dashboard|Status/,
  certificate: /Certificate|Dashboard|Ca/,
  issuer_key: /Ca|Key|Crl/,
  job: /Job|Dashboard|Bulk/,
  key: /Key/,
  profile: /Profile/,
  request: /Request|Approval/,
  role: /Role|Grants/,
  service_account: /ServiceAccount/,
  session: /Session/,
  team: /Team|Grants/,
  token: /Token|Acme|Credential/,
  user: /User|Role|Team|Factors|OwnIdentities/,
} as const satisfies Record<string, RegExp>;

/** Every change is an audit event. */
const ALWAYS = /^listAudit/;

export type ChangeKind = keyof typeof AFFECTED;

export function isChangeKind(kind: string): kind is ChangeKind {
  return kind in AFFECTED;
}

/** Whether the response of an operation can be different after objects of these kinds have changed. */
export function isAffected(operation: string, kinds: Iterable<string>): boolean {
  return ALWAYS.test(operation) || [...kinds].some((kind) => isChangeKind(kind) && AFFECTED[kind].test(operation));
}

/** The operation that a query calls; empty for a query with a key of its own. */
export function operationOf(query: Pick<Query, "queryKey">): string {
  const [key] = query.queryKey as [{ _id?: string } | undefined];
  return key?._id ?? "";
}

/** Reads again what objects of these kinds are shown by; resolves when what is on the page has been read. */
export function refreshAfter(queryClient: QueryClient, ...kinds: readonly ChangeKind[]): Promise<void> {
  return queryClient.invalidateQueries({ predicate: (query) => isAffected(operationOf(query), kinds) });
}

/** Reads everything again: for when the user is another one, or it is not known what has changed. */
export function refreshAll(queryClient: QueryClient): Promise<void> {
  return queryClient.invalidateQueries({ predicate: () => true });
}
