export { ApprovalPage } from "./detail/page";
export { ApprovalsPage } from "./page";
export { Consents } from "./parts/consents";
export { Decisions } from "./parts/decisions";
export { type Decision, isMine, mayOverride } from "./parts/may";
export { approvalQuery, approvalRulesQuery, approvalsQuery, useWaitingForMe, waitingForMeQuery } from "./queries";
export { ApprovalRulesPage } from "./rules/page";
export { approvalSearch } from "./search";
