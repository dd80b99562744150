import { useQuery } from "@tanstack/react-query";
import { api, type ProfileDefinition, rest, schemaOf, wholeList } from "@/api";
import { useDebounced } from "@/lib/use-debounced";

const PAUSE = 500;

/** What a new profile starts as a copy of. */
export const PROFILE_TO_COPY = "tls-server";

/** As much of JSON Schema as the server uses for definitions. */
export interface FieldSchema {
  type?: string;
  description?: string;
  enum?: readonly string[];
  items?: FieldSchema;
  properties?: Readonly<Record<string, FieldSchema>>;
  anyOf?: readonly FieldSchema[];
  default?: unknown;
}

export const profilesQuery = () => wholeList(api.listProfilesQueryKey(), rest.listProfiles);

export function profileQuery(profile: string, version?: number) {
  return api.getProfileOptions({ path: { profile }, ...(version !== undefined && { query: { version } }) });
}

export const definitionSchemaQuery = () => ({
  queryKey: ["schema", "ProfileDefinition"],
  queryFn: async ({ signal }: { signal: AbortSignal }) => (await schemaOf("ProfileDefinition", signal)) as FieldSchema,
  staleTime: Number.POSITIVE_INFINITY,
});

export function useProfiles() {
  return useQuery(profilesQuery());
}

export function useProfile(name: string, version?: number) {
  return useQuery({ ...profileQuery(name, version), enabled: name !== "" });
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

/** What a definition would make of a CSR, a moment after the last change; nothing is requested while one is missing. */
export function useTrial(definition: ProfileDefinition | undefined, csr: string) {
  const asked = useDebounced({ definition, csr: csr.trim() }, PAUSE);
  const isAsked = asked.definition !== undefined && asked.csr !== "";
  const trial = useQuery({
    queryKey: ["profile-trial", asked],
    queryFn: async ({ signal }) => {
      const body = { definition: asked.definition as ProfileDefinition, csr: asked.csr };
      return (await rest.previewProfile({ body, signal })).data;
    },
    enabled: isAsked,
    placeholderData: (before) => before,
    retry: false,
  });
  return { isAsked, trial };
}

/** The shape of a definition, as this server takes it. */
export function useDefinitionSchema() {
  return useQuery(definitionSchemaQuery());
}
