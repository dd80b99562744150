import { createFileRoute } from "@tanstack/react-router";
import {
  definitionSchemaQuery,
  EditProfilePage,
  PROFILE_TO_COPY,
  profileEditSearch,
  profileQuery,
} from "@/features/profiles";
import { load } from "@/lib/load";
import { known } from "@/lib/search";

export const Route = createFileRoute("/_app/profiles/new")({
  validateSearch: profileEditSearch,
  loader: ({ context, location }) =>
    load(
      context,
      definitionSchemaQuery(),
      profileQuery(known(profileEditSearch, location.search).edit ?? PROFILE_TO_COPY),
    ),
  component: EditRoute,
});

function EditRoute() {
  const { edit } = Route.useSearch();
  return <EditProfilePage key={edit} edit={edit} />;
}
