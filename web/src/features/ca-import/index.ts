export { ImportCaPage } from "./page";
