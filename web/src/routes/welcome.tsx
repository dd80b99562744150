import { createFileRoute, useLocation, useNavigate } from "@tanstack/react-router";
import { providersQuery, Welcome } from "@/features/session";
import { load } from "@/lib/load";

export const Route = createFileRoute("/welcome")({
  loader: ({ context }) => load(context, providersQuery()),
  component: WelcomeRoute,
});

function WelcomeRoute() {
  const navigate = useNavigate();
  const secret = useLocation().hash;
  return <Welcome secret={secret} onDone={() => void navigate({ to: "/first-steps", replace: true })} />;
}
