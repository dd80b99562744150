import { TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { DeviceSignIn } from "@/api";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { BUILTIN_ROLES, roleName, useMe } from "@/features/session";
import { duration, exact } from "@/lib/time";
import { addDuration } from "@/lib/validity";
import { useSubmit } from "@/shared/submit";
import { useApproveDevice, useDenyDevice } from "../mutations";

export type Decision = "approved" | "denied";

const LIFETIMES = ["PT12H", "P1D", "P7D", "P30D", "P90D"];

interface DecideProps {
  code: string;
  signIn: DeviceSignIn;
  onDecision: (decision: Decision) => void;
  onBack: () => void;
}

/** Asks for the role and the lifetime of the token that the command line gets. */
export function Decide({ code, signIn, onDecision, onBack }: DecideProps) {
  const { t, i18n } = useTranslation();
  const own = useMe()?.roles ?? [];
  const lifetime = signIn.expires ?? "PT12H";
  const roles = [...new Set([...(signIn.role ? [signIn.role] : []), ...own, ...BUILTIN_ROLES])];
  const form = useForm({ defaultValues: { role: roles[0] ?? "requester", expires: lifetime } });
  const expires = useWatch({ control: form.control, name: "expires" });
  const deny = useDenyDevice(code, () => onDecision("denied"));
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useApproveDevice(() => onDecision("approved")),
    fields: ["role", "expires"],
    inputOf: (values) => ({ ...values, user_code: code }),
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Request signIn={signIn} />
      <Field label={t("common.role")} help={t("device.roleHelp")} error={errors.role?.message}>
        <Select {...form.register("role")}>
          {roles.map((role) => (
            <option key={role} value={role}>
              {roleName(t, role)}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        label={t("issue.validity")}
        help={t("device.until", { time: exact(addDuration(new Date(), expires), i18n.language) })}
        error={errors.expires?.message}
      >
        <Select {...form.register("expires")}>
          {[...new Set([lifetime, ...LIFETIMES])].map((one) => (
            <option key={one} value={one}>
              {duration(one, i18n.language)}
            </option>
          ))}
        </Select>
      </Field>
      <ErrorNotice error={failure ?? deny.failure} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={isBusy}>
          {t("device.approve")}
        </Button>
        <Button busy={deny.isPending} onClick={() => deny.mutate()}>
          {t("device.deny")}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {t("device.back")}
        </Button>
      </div>
    </form>
  );
}

/** Shows what the command line says about itself, and warns of a sign-in that someone else started. */
function Request({ signIn }: { signIn: DeviceSignIn }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h2 ref={heading} tabIndex={-1} className="text-base outline-none">
        {t("device.question", { host: signIn.host })}
      </h2>
      <p className="flex gap-2 rounded-md bg-warning-bg px-3 py-2 text-sm text-warning">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        {t("device.warning")}
      </p>
      <KeyValues
        pairs={[
          { label: t("device.client"), value: signIn.client_id },
          { label: t("device.host"), value: signIn.host, note: t("device.unverified") },
          { label: t("device.peer"), value: signIn.peer },
          { label: t("device.started"), value: <Moment time={signIn.created_at} /> },
        ]}
      />
    </>
  );
}
