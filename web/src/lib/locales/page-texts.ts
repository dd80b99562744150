import type { account } from "./en/pages/account";
import type { acme } from "./en/pages/acme";
import type { approvalRules } from "./en/pages/approval-rules";
import type { audit } from "./en/pages/audit";
import type { auditWords } from "./en/pages/audit-words";
import type { bulk } from "./en/pages/bulk";
import type { caImport } from "./en/pages/ca-import";
import type { device } from "./en/pages/device";
import type { enrollment } from "./en/pages/enrollment";
import type { firstSteps } from "./en/pages/first-steps";
import type { jobs } from "./en/pages/jobs";
import type { settings } from "./en/pages/settings";
import type { tools } from "./en/pages/tools";

/** English texts of single pages. A page brings its own by `addPageTexts`, so that the first page loads less. */
export interface PageTexts {
  account: typeof account;
  acme: typeof acme;
  approvalRules: typeof approvalRules;
  caImport: typeof caImport;
  device: typeof device;
  enrollment: typeof enrollment;
  audit: typeof audit;
  auditWords: typeof auditWords;
  settings: typeof settings;
  bulk: typeof bulk;
  firstSteps: typeof firstSteps;
  jobs: typeof jobs;
  tools: typeof tools;
}
