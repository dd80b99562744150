import { createFileRoute } from "@tanstack/react-router";
import { BulkPage } from "@/features/bulk";
import { casQuery } from "@/features/cas";
import { profilesQuery } from "@/features/profiles";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/certificates/bulk/")({
  loader: ({ context }) => load(context, casQuery(), profilesQuery()),
  component: BulkPage,
});
