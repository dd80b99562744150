import { useInfiniteQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { BY_CURSOR, usePages } from "@/lib/pages";

const PAGE = 100;

export const tokensQuery = () => ({ ...api.listTokensInfiniteOptions({ query: { limit: PAGE } }), ...BY_CURSOR });

export function useTokens() {
  return usePages(useInfiniteQuery(tokensQuery()));
}
