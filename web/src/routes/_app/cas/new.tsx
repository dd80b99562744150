import { createFileRoute } from "@tanstack/react-router";
import { backendsQuery, CreateCaPage, casQuery } from "@/features/cas";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/cas/new")({
  loader: ({ context }) => load(context, casQuery(), backendsQuery()),
  component: CreateCaPage,
});
