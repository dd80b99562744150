export { Consents } from "./consents";
export { type Decision, Decisions } from "./decisions";
export { ApprovalPage } from "./detail-page";
export { ApprovalsPage } from "./list-page";
export { isMine, mayOverride } from "./may";
export { useWaitingForMe } from "./queries";
export { ApprovalRulesPage } from "./rules-page";
export { approvalSearch } from "./search";
