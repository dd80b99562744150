import type { EnrollmentProtocol } from "@/api";

/** In the order of the tabs. Apart from the page, which is loaded later. */
export const PROTOCOLS = ["acme", "est", "scep", "cmp"] as const satisfies readonly EnrollmentProtocol[];
