export { ProfilePage } from "./detail/page";
export { EditProfilePage } from "./edit/page";
export { ProfilesPage } from "./page";
export {
  definitionSchemaQuery,
  PROFILE_TO_COPY,
  profileQuery,
  profilesQuery,
  useProfile,
  useProfiles,
} from "./queries";
export { PROFILE_TABS, profileEditSearch } from "./search";
