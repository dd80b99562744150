export { PeoplePage } from "./page";
export { PersonPage } from "./person-page";
