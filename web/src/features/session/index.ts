export { currentUser, signOut, useMay, useMe } from "./queries";
export { roleName } from "./role-name";
export { SignIn } from "./sign-in";
