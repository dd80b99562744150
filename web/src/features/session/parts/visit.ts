import { isOwnPath } from "@/lib/own-path";

const KEY = "pkim.visit";

/** Why the browser is at the identity provider, and where to go afterwards: for this tab alone, and nothing secret. */
interface Visit {
  purpose: "sign-in" | "prove" | "link";
  to: string;
}

export function rememberVisit(visit: Visit): void {
  sessionStorage.setItem(KEY, JSON.stringify(visit));
}

/** Where the visit was to lead: a path of this very origin, whatever the storage has. */
export function visitGoal(): Visit {
  try {
    const { purpose, to } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    const isOwn = typeof to === "string" && isOwnPath(to);
    return { purpose: ["prove", "link"].includes(purpose) ? purpose : "sign-in", to: isOwn ? to : "/" };
  } catch {
    return { purpose: "sign-in", to: "/" };
  }
}
