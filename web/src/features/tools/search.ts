/** The search parameters of the URL, apart from the page, which is loaded later. */
export const TOOLS = ["decode", "lint", "verify", "compare"] as const;
export type Tool = (typeof TOOLS)[number];
