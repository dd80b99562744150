import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { providersQuery, SignIn } from "@/features/session";
import { load } from "@/lib/load";
import { isOwnPath } from "@/lib/own-path";
import { maybe } from "@/lib/search";

const search = z.object({
  ended: maybe(z.boolean()),
  to: maybe(z.string().check(z.refine((path) => isOwnPath(path)))),
});

export const Route = createFileRoute("/sign-in")({
  validateSearch: search,
  loader: ({ context }) => load(context, providersQuery()),
  component: SignInRoute,
});

function SignInRoute() {
  const navigate = useNavigate();
  const { ended, to } = Route.useSearch();
  return <SignIn ended={ended ?? false} to={to ?? "/"} onDone={() => void navigate({ href: to ?? "/" })} />;
}
