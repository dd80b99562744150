export { ToolsPage } from "./page";
export { TOOLS } from "./search";
