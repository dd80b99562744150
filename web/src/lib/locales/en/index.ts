import { audit } from "./audit";
import { cas } from "./cas";
import { certificates } from "./certificates";
import { common } from "./common";
import { dashboard } from "./dashboard";
import { issue } from "./issue";
import { people } from "./people";
import { requests } from "./requests";
import { shell } from "./shell";
import { work } from "./work";

export const en = { ...common, ...people, ...shell, ...work, audit, cas, certificates, dashboard, issue, requests };
