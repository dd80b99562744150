import { createFileRoute } from "@tanstack/react-router";
import * as z from "zod/mini";
import { EditProfilePage } from "@/features/profiles";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/profiles/new")({
  validateSearch: z.object({ edit: maybe(z.string().check(z.maxLength(200))) }),
  component: EditRoute,
});

function EditRoute() {
  const { edit } = Route.useSearch();
  return <EditProfilePage key={edit} edit={edit} />;
}
