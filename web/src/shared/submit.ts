import { useState } from "react";
import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { type ApiError, showFaults, toApiError } from "@/api";

/** A change that a form sends, as `useChange` returns it. */
export interface Submittable<Input> {
  mutateAsync: (input: Input) => Promise<unknown>;
  isPending: boolean;
}

interface SubmitOptions<Values extends FieldValues, Input> {
  change: Submittable<Input>;
  /** The fields that the server can name in an error. */
  fields: readonly Path<Values>[] | ((values: Values) => readonly Path<Values>[]);
  /** What is sent; undefined if the form is not complete and shows why. */
  inputOf: (values: Values) => Input | undefined;
  /** Shows an error that the form knows at a field of its own; true if it did. */
  onRefused?: (failure: ApiError) => boolean;
}

/** Sends a form. What the server refuses is shown at the fields that it names; `failure` is the rest. */
export function useSubmit<Values extends FieldValues, Input>(
  form: Pick<UseFormReturn<Values, unknown, Values>, "handleSubmit" | "setError">,
  { change, fields, inputOf, onRefused }: SubmitOptions<Values, Input>,
) {
  const [failure, setFailure] = useState<ApiError | null>(null);
  const submit = form.handleSubmit(async (values) => {
    const input = inputOf(values);
    if (input === undefined) return;
    setFailure(null);
    try {
      await change.mutateAsync(input);
    } catch (error) {
      const failed = toApiError(error);
      const named = typeof fields === "function" ? fields(values) : fields;
      setFailure(onRefused?.(failed) ? null : showFaults(failed, form.setError, named));
    }
  });
  return { submit, failure, isBusy: change.isPending };
}
