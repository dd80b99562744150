import { createFileRoute, useLocation, useNavigate } from "@tanstack/react-router";
import { Welcome } from "@/features/session";

export const Route = createFileRoute("/welcome")({ component: WelcomeRoute });

function WelcomeRoute() {
  const navigate = useNavigate();
  const secret = useLocation().hash;
  return <Welcome secret={secret} onDone={() => void navigate({ to: "/first-steps", replace: true })} />;
}
