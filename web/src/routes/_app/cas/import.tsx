import { createFileRoute } from "@tanstack/react-router";
import { ImportCaPage } from "@/features/ca-import";
import { backendsQuery } from "@/features/cas";
import { profilesQuery } from "@/features/profiles";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/cas/import")({
  loader: ({ context }) => load(context, backendsQuery(), profilesQuery()),
  component: ImportCaPage,
});
