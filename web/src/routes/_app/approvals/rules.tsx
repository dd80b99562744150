import { createFileRoute } from "@tanstack/react-router";
import { ApprovalRulesPage } from "@/features/approvals";

export const Route = createFileRoute("/_app/approvals/rules")({ component: ApprovalRulesPage });
