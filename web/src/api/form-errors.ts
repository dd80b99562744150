import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { type ApiError, toApiError } from "./errors";

/**
 * Puts each fault that the server names at its field. Gives back the error when anything of it has no field in the
 * form, so that nothing stays unsaid.
 */
export function showFaults<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
  fields: readonly Path<Values>[],
): ApiError | null {
  const told = toApiError(error);
  let isComplete = told.faults.length > 0;
  for (const fault of told.faults) {
    const field = fields.find((name) => fault.field === name || fault.field.startsWith(`${name}.`));
    if (field === undefined) isComplete = false;
    else setError(placeOf(field, fault.field), { type: fault.rule, message: fault.message });
  }
  return isComplete ? null : told;
}

/** Request fields of a profile have an input each. Everything else in a list or an object has one input together. */
function placeOf<Values extends FieldValues>(field: Path<Values>, fault: string): Path<Values> {
  return field === "fields" ? (fault as Path<Values>) : field;
}
