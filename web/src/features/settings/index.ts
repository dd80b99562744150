export { SettingsPage } from "./page";
export { settingsQuery } from "./queries";
