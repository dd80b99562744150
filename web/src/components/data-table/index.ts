export { type Column, DataTable } from "./data-table";
export type { Paging } from "./end-of-list";
export { EndOfList } from "./end-of-list";
