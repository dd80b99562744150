export { PersonPage } from "./detail/page";
export { PeoplePage } from "./page";
