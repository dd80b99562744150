export { BulkJobPage } from "./job-page";
export { SelectedActs } from "./selected";
export { BulkPage } from "./start-page";
