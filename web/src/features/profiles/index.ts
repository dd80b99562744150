export { PROFILE_TABS, ProfilePage, type ProfileTab } from "./detail-page";
export { EditProfilePage } from "./edit-page";
export { ProfilesPage } from "./list-page";
export { useProfiles } from "./queries";
