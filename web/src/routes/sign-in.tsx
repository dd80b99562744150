import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { SignIn } from "@/features/session";
import { maybe } from "@/lib/search";

const search = z.object({
  ended: maybe(z.boolean()),
  to: maybe(z.string().check(z.regex(/^\/(?![/\\])/))), // a path of this very origin only
});

export const Route = createFileRoute("/sign-in")({ validateSearch: search, component: SignInRoute });

function SignInRoute() {
  const navigate = useNavigate();
  const { ended, to } = Route.useSearch();
  return <SignIn ended={ended ?? false} to={to ?? "/"} onDone={() => void navigate({ href: to ?? "/" })} />;
}
