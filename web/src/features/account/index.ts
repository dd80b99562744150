export { AccountPage } from "./page";
export { IdentityRow } from "./parts/identity-row";
export { AddPasskey } from "./parts/passkeys";
export { useFactors } from "./queries";
export { SetUpPage } from "./set-up/page";
