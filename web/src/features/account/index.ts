export { IdentityRow } from "./identity-row";
export { AccountPage } from "./page";
export { AddPasskey } from "./passkeys";
export { useFactors } from "./queries";
export { SetUpPage } from "./set-up";
