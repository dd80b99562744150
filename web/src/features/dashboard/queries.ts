import { useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useMay } from "@/features/session";

const EVERY = 15_000;

export function useDashboard() {
  return useQuery({ ...api.getDashboardOptions(), refetchInterval: EVERY });
}

/** The state of the installation; not requested without the permission to read it. */
export function useStatus() {
  return useQuery({ ...api.getStatusOptions(), enabled: useMay("status:read"), refetchInterval: EVERY });
}
