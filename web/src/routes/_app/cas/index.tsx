import { createFileRoute } from "@tanstack/react-router";
import { CasPage, casQuery } from "@/features/cas";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/cas/")({
  loader: ({ context }) => load(context, casQuery()),
  component: CasPage,
});
