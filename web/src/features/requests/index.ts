export { RequestPage } from "./detail/page";
export { RequestsPage } from "./page";
export { requestQuery, requestsQuery } from "./queries";
export { requestSearch } from "./search";
export { SubmitRequestPage } from "./submit/page";
