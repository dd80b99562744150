export { BulkJobPage } from "./job/page";
export { BulkPage } from "./page";
export { SelectedActs } from "./parts/selected";
