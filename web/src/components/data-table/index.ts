export { type Column, DataTable } from "./data-table";
export type { Paging } from "./end-of-list";
