import { createFileRoute } from "@tanstack/react-router";
import { CasPage } from "@/features/cas";

export const Route = createFileRoute("/_app/cas/")({ component: CasPage });
