export { ActorName } from "./actor-name";
export { EndingNotice } from "./ending";
export { Frame } from "./frame";
export { ProveAgain } from "./prove-again";
export { Providers } from "./providers";
export { currentUser, readSession, signOut, signOutEverywhere, useMay, useMe } from "./queries";
export { Returned } from "./returned";
export { roleName, STANDING_ROLES } from "./role-name";
export { SignIn } from "./sign-in";
export type { SignInAgainProps } from "./sign-in-again";
export { signOutPlace } from "./visit";
export { Welcome } from "./welcome";

/** The sign-in form that covers a page whose session has ended: fetched when it is needed. */
export async function loadSignInAgain() {
  return (await import("./sign-in-again")).SignInAgain;
}
