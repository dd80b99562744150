import { useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useItems } from "@/lib/pages";

export const settingsQuery = () => api.listSettingsOptions();

export function useSettings() {
  return useItems(useQuery(settingsQuery()));
}
