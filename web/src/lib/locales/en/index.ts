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
import { issue } from "./issue";
import { people } from "./people";
import { preview } from "./preview";
import { problems } from "./problems";
import { requests } from "./requests";
import { rights, teams } from "./rights";
import { settings } from "./settings";
import { shell } from "./shell";
import { work } from "./work";

export const en = {
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
  issue,
  problems,
  requests,
  rights,
  settings,
  teams,
  preview,
};
