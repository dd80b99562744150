export { useSignOut, useSignOutEverywhere } from "./mutations";
export { SignIn } from "./page";
export { ActorName } from "./parts/actor-name";
export { EndingNotice } from "./parts/ending";
export { Frame } from "./parts/frame";
export { ProveAgain } from "./parts/prove-again";
export { Providers } from "./parts/providers";
export { RoleField } from "./parts/role-field";
export { BUILTIN_ROLES, roleName } from "./parts/role-name";
export type { SignInAgainProps } from "./parts/sign-in-again";
export { currentUser, providersQuery, readSession, useMay, useMe, useProviders } from "./queries";
export { Returned } from "./returned/page";
export { Welcome } from "./welcome/page";

/** The sign-in form that covers a page whose session has ended: fetched when it is needed. */
export async function loadSignInAgain() {
  return (await import("./parts/sign-in-again")).SignInAgain;
}
