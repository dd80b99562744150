import { createFileRoute } from "@tanstack/react-router";
import { ImportCaPage } from "@/features/ca-import";

export const Route = createFileRoute("/_app/cas/import")({ component: ImportCaPage });
