export { EndingNotice } from "./ending";
export { ProveAgain } from "./prove-again";
export { currentUser, signOut, useMay, useMe } from "./queries";
export { roleName } from "./role-name";
export { SignIn } from "./sign-in";
export { Welcome } from "./welcome";
