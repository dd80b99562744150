import { createFileRoute } from "@tanstack/react-router";
import { casQuery } from "@/features/cas";
import { profilesQuery } from "@/features/profiles";
import { SubmitRequestPage } from "@/features/requests";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/requests/new")({
  loader: ({ context }) => load(context, casQuery(), profilesQuery()),
  component: SubmitRequestPage,
});
