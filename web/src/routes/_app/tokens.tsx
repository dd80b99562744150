import { createFileRoute } from "@tanstack/react-router";
import { TokensPage } from "@/features/tokens";

export const Route = createFileRoute("/_app/tokens")({ component: TokensPage });
