import { type NewToken, rest, type Token, type TokenBody } from "@/api";
import { useChange } from "@/shared/change";

export function useCreateToken(onDone: (token: NewToken) => void) {
  return useChange({ send: (body: TokenBody) => rest.createToken({ body }), changes: ["token"], onDone });
}

export function useRevokeToken(token: Token, onDone: () => void) {
  return useChange({
    send: () => rest.revokeToken({ path: { token: token.id } }),
    changes: ["token"],
    onDone,
  });
}
