export { FirstStepsPage } from "./page";
