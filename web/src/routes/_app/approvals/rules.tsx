import { createFileRoute } from "@tanstack/react-router";
import { ApprovalRulesPage, approvalRulesQuery } from "@/features/approvals";
import { load } from "@/lib/load";

export const Route = createFileRoute("/_app/approvals/rules")({
  loader: ({ context }) => load(context, approvalRulesQuery()),
  component: ApprovalRulesPage,
});
