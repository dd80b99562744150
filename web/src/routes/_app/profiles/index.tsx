import { createFileRoute } from "@tanstack/react-router";
import { ProfilesPage } from "@/features/profiles";

export const Route = createFileRoute("/_app/profiles/")({ component: ProfilesPage });
