import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ApiError, type ChangeKind, done, refreshAfter, toApiError, type Waiting } from "@/api";
import { toast } from "@/components/ui/toast";

interface ChangeOptions<Input, Data> {
  /** Calls the operation. */
  send: (input: Input) => Promise<{ data: Data }>;
  /** The kinds of objects that the operation changes: what the page shows of them is read again first. */
  changes?: readonly ChangeKind[];
  /** What a toast says when the change is done. */
  message?: string | ((output: Exclude<Data, Waiting>) => string);
  onDone?: (output: Exclude<Data, Waiting>, input: Input) => unknown;
  /** A failure is shown as a toast: for a button without a form or a dialog that shows it. */
  isFailureToast?: boolean;
}

/** The one way to call an operation that changes something, or that a button starts. `failure` is what went wrong. */
export function useChange<Input = void, Data = unknown>(options: ChangeOptions<Input, Data>) {
  const { send, changes = [], message, onDone, isFailureToast = false } = options;
  const queryClient = useQueryClient();
  const mutation = useMutation({
    mutationFn: async (input: Input) => done((await send(input)).data),
    onSuccess: async (output, input) => {
      if (changes.length > 0) await refreshAfter(queryClient, ...changes);
      if (message !== undefined) toast(typeof message === "string" ? message : message(output));
      await onDone?.(output, input);
    },
    onError: (error) => {
      if (isFailureToast) showFailure(toApiError(error));
    },
  });
  return { ...mutation, failure: mutation.error && toApiError(mutation.error) };
}

/** The user who did not confirm their identity knows it already. */
function showFailure(failure: ApiError): void {
  if (failure.code !== "fresh_authentication_required") toast(failure.message, { tone: "danger" });
}
