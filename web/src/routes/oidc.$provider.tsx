import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { Returned } from "@/features/session";

export const Route = createFileRoute("/oidc/$provider")({ component: ReturnedRoute });

function ReturnedRoute() {
  const navigate = useNavigate();
  const { provider } = Route.useParams();
  const onDone = useCallback((to: string) => void navigate({ href: to, replace: true }), [navigate]);
  return <Returned provider={provider} onDone={onDone} />;
}
