import { createFileRoute } from "@tanstack/react-router";
import { AcmePage } from "@/features/acme";

/** Not `/acme`: below that are the directories of the clients. */
export const Route = createFileRoute("/_app/acme-accounts")({ component: AcmePage });
