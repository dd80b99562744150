/** What the address may ask for; apart from the page, which is loaded later. */
export const PROFILE_TABS = ["overview", "versions", "yaml"] as const;
export type ProfileTab = (typeof PROFILE_TABS)[number];
