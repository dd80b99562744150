import { createFileRoute } from "@tanstack/react-router";
import { BulkPage } from "@/features/bulk";

export const Route = createFileRoute("/_app/certificates/bulk/")({ component: BulkPage });
