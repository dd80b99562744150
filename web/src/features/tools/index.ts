export { TOOLS, type Tool, ToolsPage } from "./page";
