import * as z from "zod/mini";
import { maybe } from "@/lib/search";

/** The search parameters of the URL, apart from the page, which is loaded later. */
export const PROFILE_TABS = ["overview", "versions", "yaml"] as const;
export type ProfileTab = (typeof PROFILE_TABS)[number];

export const profileEditSearch = z.object({ edit: maybe(z.string().check(z.maxLength(200))) });
