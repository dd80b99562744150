/** What the address may ask for; apart from the page, which is loaded later. */
export const CA_TABS = ["overview", "keys", "crls", "anchor", "timeline"] as const;
export type CaTab = (typeof CA_TABS)[number];
