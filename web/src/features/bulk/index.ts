export { BulkJobPage } from "./job/page";
export { BulkPage } from "./page";
export { SelectedActs } from "./parts/selected";
export { bulkJobQuery, bulkRowsQuery } from "./queries";
export { bulkSearch } from "./search";
