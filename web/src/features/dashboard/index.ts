export { DashboardPage } from "./page";
export { dashboardQuery, statusQuery } from "./queries";
