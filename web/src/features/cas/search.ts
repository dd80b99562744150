import * as z from "zod/mini";
import { maybe } from "@/lib/search";

/** The search parameters of the URL, apart from the page, which is loaded later. */
export const CA_TABS = ["overview", "keys", "crls", "anchor", "timeline"] as const;
export type CaTab = (typeof CA_TABS)[number];

export const caSearch = z.object({ tab: maybe(z.enum(CA_TABS)) });
