import type { en } from "../en";
import type { PageTexts } from "../page-texts";
import type { Same } from "../same";
import { account } from "./account";
import { acme } from "./acme";
import { approvalRules, approvals, decisions } from "./approvals";
import { audit } from "./audit";
import { auditWords } from "./audit-words";
import { bulk } from "./bulk";
import { caImport } from "./ca-import";
import { cas } from "./cas";
import { certificates } from "./certificates";
import { common } from "./common";
import { dashboard } from "./dashboard";
import { device } from "./device";
import { enrollment } from "./enrollment";
import { firstSteps } from "./first-steps";
import { issue } from "./issue";
import { jobs } from "./jobs";
import { palette } from "./palette";
import { people } from "./people";
import { preview } from "./preview";
import { problems } from "./problems";
import { requests } from "./requests";
import { rights, teams } from "./rights";
import { settings } from "./settings";
import { shell } from "./shell";
import { tools } from "./tools";
import { work } from "./work";

export const de: Same<typeof en & PageTexts> = {
  ...common,
  ...people,
  ...shell,
  ...work,
  approvalRules,
  approvals,
  account,
  acme,
  audit,
  auditWords,
  bulk,
  caImport,
  cas,
  certificates,
  dashboard,
  decisions,
  device,
  enrollment,
  firstSteps,
  issue,
  jobs,
  palette,
  problems,
  requests,
  rights,
  settings,
  teams,
  tools,
  preview,
};
