import { useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useMay } from "@/features/session";

const EVERY = 15_000;

export const dashboardQuery = () => api.getDashboardOptions();
export const statusQuery = () => api.getStatusOptions();

export function useDashboard() {
  return useQuery({ ...dashboardQuery(), refetchInterval: EVERY });
}

/** The state of the installation; not requested without the permission to read it. */
export function useStatus() {
  return useQuery({ ...statusQuery(), enabled: useMay("status:read"), refetchInterval: EVERY });
}
