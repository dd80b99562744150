import { createFileRoute } from "@tanstack/react-router";
import { backendsQuery, casQuery } from "@/features/cas";
import { blockedKeysQuery, KeysPage } from "@/features/keys";
import { load, may } from "@/lib/load";

export const Route = createFileRoute("/_app/keys")({
  loader: ({ context }) => load(context, backendsQuery(), casQuery(), may(context, "key:read") && blockedKeysQuery()),
  component: KeysPage,
});
