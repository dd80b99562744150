import { useMutation } from "@tanstack/react-query";
import { toApiError } from "@/api";
import { toast } from "@/components/ui/toast";
import { useRefresh } from "../queries";

/** Something that one button does: what is shown is asked for anew, and a failure is said in passing. */
export function useAct<Given = void, Told = unknown>(
  act: (given: Given) => Promise<Told>,
  onDone?: (told: Told) => void,
) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: act,
    onSuccess: async (told) => {
      await refresh();
      onDone?.(told);
    },
    onError: (error) => {
      const failure = toApiError(error);
      // Who has to prove anew who they are is asked for it already.
      if (failure.code !== "fresh_authentication_required") toast(failure.message, { tone: "danger" });
    },
  });
}
