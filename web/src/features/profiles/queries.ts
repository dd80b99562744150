import { useQuery } from "@tanstack/react-query";
import { api } from "@/api";

export function useProfiles() {
  return useQuery(api.listProfilesOptions({ query: { limit: 200 } }));
}

export function useProfile(name: string, version?: number) {
  const query = version === undefined ? {} : { query: { version } };
  return useQuery({ ...api.getProfileOptions({ path: { profile: name }, ...query }), enabled: name !== "" });
}
