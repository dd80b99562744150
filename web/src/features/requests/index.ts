export { RequestPage } from "./detail/page";
export { RequestsPage } from "./page";
export { requestSearch } from "./search";
export { SubmitRequestPage } from "./submit/page";
