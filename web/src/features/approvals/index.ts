export { ApprovalPage } from "./detail/page";
export { ApprovalsPage } from "./page";
export { Consents } from "./parts/consents";
export { type Decision, Decisions } from "./parts/decisions";
export { isMine, mayOverride } from "./parts/may";
export { useWaitingForMe } from "./queries";
export { ApprovalRulesPage } from "./rules/page";
export { approvalSearch } from "./search";
