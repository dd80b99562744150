export { AccountPage } from "./page";
export { IdentityRow } from "./parts/identity-row";
export { AddPasskey } from "./parts/passkeys";
export { factorsQuery, ownIdentitiesQuery, ownSessionsQuery, useFactors } from "./queries";
export { SetUpPage } from "./set-up/page";
