import { createFileRoute } from "@tanstack/react-router";
import { SubmitRequestPage } from "@/features/requests";

export const Route = createFileRoute("/_app/requests/new")({ component: SubmitRequestPage });
