import { approvals, decisions } from "./approvals";
import { cas } from "./cas";
import { certificates } from "./certificates";
import { common } from "./common";
import { dashboard } from "./dashboard";
import { issue } from "./issue";
import { palette } from "./palette";
import { people } from "./people";
import { preview } from "./preview";
import { problems } from "./problems";
import { requests } from "./requests";
import { rights, teams } from "./rights";
import { shell } from "./shell";
import { work } from "./work";

export const en = {
  ...common,
  ...people,
  ...shell,
  ...work,
  approvals,
  cas,
  certificates,
  dashboard,
  decisions,
  issue,
  palette,
  problems,
  requests,
  rights,
  teams,
  preview,
};
