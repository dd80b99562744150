import { useQuery } from "@tanstack/react-query";
import { api, type ProfileDefinition, rest, schemaOf, wholeList } from "@/api";
import { useDebounced } from "@/lib/use-debounced";
import type { FieldSchema } from "./edit/schema";

const PAUSE = 500;

export function useProfiles() {
  return useQuery(wholeList(api.listProfilesQueryKey(), rest.listProfiles));
}

export function useProfile(name: string, version?: number) {
  const query = version === undefined ? {} : { query: { version } };
  return useQuery({ ...api.getProfileOptions({ path: { profile: name }, ...query }), enabled: name !== "" });
}

/** What the server says about a definition, a moment after the last change. `isCurrent`: about exactly this one. */
export function useCheck(definition: ProfileDefinition | undefined) {
  const asked = useDebounced(definition, PAUSE);
  const check = useQuery({
    queryKey: ["profile-check", asked],
    queryFn: async ({ signal }) => {
      const { data } = await rest.checkProfile({ body: asked as ProfileDefinition, signal });
      return data;
    },
    enabled: asked !== undefined,
    placeholderData: (before) => before,
  });
  const isCurrent = definition !== undefined && JSON.stringify(asked) === JSON.stringify(definition);
  return { ...check, isCurrent: isCurrent && check.isSuccess && !check.isPlaceholderData };
}

/** The shape of a definition, as this server takes it. */
export function useDefinitionSchema() {
  return useQuery({
    queryKey: ["schema", "ProfileDefinition"],
    queryFn: async ({ signal }) => (await schemaOf("ProfileDefinition", signal)) as FieldSchema,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
