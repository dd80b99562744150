export { AuditPage } from "./page";
export { History } from "./parts/history";
export { auditQuery, historyQuery } from "./queries";
export { auditSearch } from "./search";
