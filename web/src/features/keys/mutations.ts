import { type BlockedKey, rest } from "@/api";
import { useChange } from "@/shared/change";

interface Block {
  spki_sha256: string;
  comment: string;
}

export function useBlockKey(onDone: () => void) {
  return useChange({ send: (body: Block) => rest.blockKey({ body }), changes: ["key"], onDone });
}

export function useUnblockKey({ spki_sha256 }: BlockedKey) {
  return useChange({
    send: () => rest.unblockKey({ path: { spki_sha256 } }),
    changes: ["key"],
    isFailureToast: true,
  });
}
