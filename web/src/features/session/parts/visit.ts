import type { QueryClient } from "@tanstack/react-query";
import { type OwnSession, rest, type VisitBodyWritable } from "@/api";
import { takeArrival } from "@/lib/arrival";
import { isOwnPath } from "@/lib/own-path";
import { begin } from "../queries";

const KEY = "pkim.visit";

/** Why one is at the identity provider, and where to go afterwards: for this tab alone, and nothing secret. */
interface Visit {
  purpose: "sign-in" | "prove" | "link";
  to: string;
}

/** Sends the browser to an identity provider. It comes back to `/oidc/NAME`. */
export async function leaveFor(provider: string, body: VisitBodyWritable, to: string): Promise<void> {
  const { data } = await rest.beginIdentityVisit({ path: { provider }, body });
  sessionStorage.setItem(KEY, JSON.stringify({ purpose: body.purpose ?? "sign-in", to } satisfies Visit));
  window.location.assign(data.authorization_url);
}

/** Where the visit was to lead: a path of this very origin, whatever stands in the storage. */
export function visitGoal(): Visit {
  try {
    const { purpose, to } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    const isOurs = typeof to === "string" && isOwnPath(to);
    return { purpose: ["prove", "link"].includes(purpose) ? purpose : "sign-in", to: isOurs ? to : "/" };
  } catch {
    return { purpose: "sign-in", to: "/" };
  }
}

const returns = new Map<string, Promise<OwnSession>>();

/** What the provider sent back goes to the server once, however often a page is drawn. */
export function comeBack(queryClient: QueryClient, provider: string): Promise<OwnSession> {
  const known = returns.get(provider);
  if (known) return known;
  const told = takeArrival();
  const field = (name: string) => told.get(name) ?? undefined;
  const body = { state: field("state") ?? "none", code: field("code"), iss: field("iss"), error: field("error") };
  const running = rest.finishIdentityVisit({ path: { provider }, body }).then(({ data }) => begin(queryClient, data));
  returns.set(provider, running);
  return running;
}

/** Where to go to be signed out at the provider too; undefined where there is no such place, or nobody answers. */
export async function signOutPlace(method: string): Promise<string | undefined> {
  const [, provider] = /^oidc:([a-z0-9-]+)/.exec(method) ?? [];
  if (provider === undefined) return undefined;
  try {
    return (await rest.getIdentitySignOut({ path: { provider } })).data.url ?? undefined;
  } catch {
    return undefined;
  }
}
