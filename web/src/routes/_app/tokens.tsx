import { createFileRoute } from "@tanstack/react-router";
import { TokensPage, tokensQuery } from "@/features/tokens";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/tokens")({
  loader: ({ context }) => load(context, tokensQuery()),
  component: TokensPage,
});
