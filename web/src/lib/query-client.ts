import { QueryClient } from "@tanstack/react-query";

const FRESH = 15_000;
const TRIES = 2;

/** Reads are fresh for a moment and retried once; refusals (4xx) are not retried. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH,
        retry: (count, error) => count < TRIES - 1 && !isRefusal(error),
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

function isRefusal(error: unknown): boolean {
  const status = typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 0;
  return status >= 400 && status < 500;
}
