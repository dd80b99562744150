import { createFileRoute } from "@tanstack/react-router";
import * as z from "zod/mini";
import { IssuePage } from "@/features/certificates";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/certificates/new")({
  validateSearch: z.object({ rekeys: maybe(z.string().check(z.maxLength(100))) }),
  component: IssueRoute,
});

function IssueRoute() {
  const { rekeys } = Route.useSearch();
  return <IssuePage key={rekeys} rekeys={rekeys} />;
}
