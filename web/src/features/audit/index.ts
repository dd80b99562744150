export { AuditPage } from "./page";
export { actionText } from "./parts/action-text";
export { History } from "./parts/history";
export { auditQuery } from "./queries";
export { auditSearch } from "./search";
