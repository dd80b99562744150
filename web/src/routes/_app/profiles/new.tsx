import { createFileRoute } from "@tanstack/react-router";
import * as z from "zod/mini";
import { definitionSchemaQuery, EditProfilePage, PROFILE_TO_COPY, profileQuery } from "@/features/profiles";
import { load } from "@/lib/load";
import { known, maybe } from "@/lib/search";

const search = z.object({ edit: maybe(z.string().check(z.maxLength(200))) });

export const Route = createFileRoute("/_app/profiles/new")({
  validateSearch: search,
  loader: ({ context, location }) =>
    load(context, definitionSchemaQuery(), profileQuery(known(search, location.search).edit ?? PROFILE_TO_COPY)),
  component: EditRoute,
});

function EditRoute() {
  const { edit } = Route.useSearch();
  return <EditProfilePage key={edit} edit={edit} />;
}
