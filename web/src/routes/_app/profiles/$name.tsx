import { createFileRoute, useNavigate } from "@tanstack/react-router";
import * as z from "zod/mini";
import { PROFILE_TABS, ProfilePage, profileQuery } from "@/features/profiles";
import { load } from "@/lib/load";
import { maybe } from "@/lib/search";

export const Route = createFileRoute("/_app/profiles/$name")({
  validateSearch: z.object({ tab: maybe(z.enum(PROFILE_TABS)) }),
  loader: ({ context, params }) => load(context, profileQuery(params.name)),
  component: ProfileRoute,
});

function ProfileRoute() {
  const navigate = useNavigate({ from: Route.fullPath });
  const { tab } = Route.useSearch();
  const { name } = Route.useParams();
  return (
    <ProfilePage
      key={name}
      name={name}
      tab={tab ?? "overview"}
      onTab={(next) => void navigate({ search: { tab: next === "overview" ? undefined : next }, replace: true })}
    />
  );
}
