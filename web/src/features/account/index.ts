export { AccountPage } from "./page";
export { SetUpPage } from "./set-up";
