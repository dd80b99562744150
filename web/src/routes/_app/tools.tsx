import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { TOOLS, ToolsPage } from "@/features/tools";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/tools")({
  validateSearch: z.object({ tool: maybe(z.enum(TOOLS)) }),
  component: ToolsRoute,
});

function ToolsRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { tool } = Route.useSearch();
  return (
    <ToolsPage tool={tool ?? "decode"} onTool={(next) => void navigate({ search: { tool: next }, replace: true })} />
  );
}
