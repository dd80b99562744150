export { PeoplePage } from "./page";
