/** What the address may ask for; apart from the page, which is loaded later. */
export const TABS = ["overview", "timeline", "install", "raw"] as const;
export type Tab = (typeof TABS)[number];
