export { ToolsPage } from "./page";
export { TOOLS, type Tool } from "./search";
