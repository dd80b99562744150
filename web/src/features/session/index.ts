export { currentUser, signOut, useMay, useMe } from "./queries";
export { SignIn } from "./sign-in";
