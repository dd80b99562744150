export { actionText } from "./action-text";
export { History } from "./history";
export { AuditPage } from "./list-page";
export { auditSearch } from "./search";
