export { ProfilePage } from "./detail/page";
export { EditProfilePage } from "./edit/page";
export { ProfilesPage } from "./page";
export { useProfile, useProfiles } from "./queries";
export { PROFILE_TABS, type ProfileTab } from "./search";
