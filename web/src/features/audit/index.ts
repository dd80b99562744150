export { AuditPage } from "./page";
export { actionText } from "./parts/action-text";
export { History } from "./parts/history";
export { auditSearch } from "./search";
