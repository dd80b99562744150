import { createFileRoute } from "@tanstack/react-router";
import { CreateCaPage } from "@/features/cas";

export const Route = createFileRoute("/_app/cas/new")({ component: CreateCaPage });
