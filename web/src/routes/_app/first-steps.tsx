import { createFileRoute } from "@tanstack/react-router";
import { casQuery } from "@/features/cas";
import { FirstStepsPage } from "@/features/first-steps";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/first-steps")({
  loader: ({ context }) => load(context, casQuery()),
  component: FirstStepsPage,
});
