import { createFileRoute, redirect, useNavigate } from "@tanstack/react-router";
import { SetUpPage } from "@/features/account";
import { currentUser } from "@/features/session";

export const Route = createFileRoute("/set-up")({
  beforeLoad: async ({ context }) => {
    const me = await currentUser(context.queryClient);
    if (me === undefined) throw redirect({ to: "/sign-in" });
  },
  component: SetUpRoute,
});

function SetUpRoute() {
  const navigate = useNavigate();
  return <SetUpPage onDone={() => void navigate({ to: "/", replace: true })} />;
}
