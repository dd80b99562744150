export { DevicePage } from "./page";
