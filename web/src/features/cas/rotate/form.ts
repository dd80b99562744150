import type { RotationBody } from "@/api";

export interface RotationForm {
  key_type: string;
  backend: string;
  when: "now" | "later";
  /** Of an `<input type="datetime-local">`: in the user's own zone. */
  switch_at: string;
  cross_certify: boolean;
}

export const ROTATION_FIELDS = ["key_type", "backend", "switch_at", "cross_certify"] as const;

export const ROTATION_START: RotationForm = {
  key_type: "",
  backend: "",
  when: "later",
  switch_at: "",
  cross_certify: false,
};

/** What is wrong with the time of the switch, as far as the page can know. */
export function switchFault(form: RotationForm, now: Date): "atMissing" | "atPast" | undefined {
  if (form.when === "now") return undefined;
  const at = Date.parse(form.switch_at);
  if (Number.isNaN(at)) return "atMissing";
  return at <= now.getTime() ? "atPast" : undefined;
}

export function rotationBody(form: RotationForm): RotationBody {
  return {
    ...(form.key_type && { key_type: form.key_type as NonNullable<RotationBody["key_type"]> }),
    ...(form.backend && { backend: form.backend }),
    ...(form.when === "later" && { switch_at: new Date(form.switch_at).toISOString() }),
    ...(form.cross_certify && { cross_certify: true }),
  };
}
