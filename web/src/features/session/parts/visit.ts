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

/** The page to open after the sign-in: always a path of this origin. */
export function visitGoal(): Visit {
  try {
    const { purpose, to } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    const isOwn = typeof to === "string" && isOwnPath(to);
    return { purpose: ["prove", "link"].includes(purpose) ? purpose : "sign-in", to: isOwn ? to : "/" };
  } catch {
    return { purpose: "sign-in", to: "/" };
  }
}
