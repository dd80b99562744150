import { createFileRoute, redirect } from "@tanstack/react-router";
import { currentUser } from "@/features/session";
import { Shell } from "@/shell";

export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    const me = await currentUser(context.queryClient);
    if (me === undefined)
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { to: location.href } });
    if (me.session?.stage === "second-factor-setup") throw redirect({ to: "/set-up" });
    return { me };
  },
  component: Shell,
});
