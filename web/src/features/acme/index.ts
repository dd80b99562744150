export { AcmePage } from "./page";
