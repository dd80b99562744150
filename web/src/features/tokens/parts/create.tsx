import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import type { NewToken } from "@/api";
import { PemView } from "@/components/pem-view";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { BUILTIN_ROLES, RoleField } from "@/features/session";
import { confirmLeave, useLeaveGuard } from "@/lib/leave-guard";
import { useSubmit } from "@/shared/submit";
import { useCreateToken } from "../mutations";

const LIFETIMES = ["P1D", "P7D", "P30D", "P90D", "P1Y"] as const;

const schema = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(200)),
  role: z.enum(BUILTIN_ROLES),
  expires: z.enum(LIFETIMES),
});

export function CreateToken() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<NewToken>();
  useLeaveGuard("secret", made !== undefined);
  const change = (next: boolean) => {
    setOpen(next);
    setMade(undefined);
  };
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        {t("tokens.create")}
      </Button>
      <Dialog
        open={open}
        onOpenChange={async (next) => (next || (await confirmLeave())) && change(next)}
        title={made ? t("tokens.made") : t("tokens.create")}
        description={made ? t("tokens.madeHelp") : t("tokens.createHelp")}
      >
        {made ? (
          <>
            <PemView text={made.token ?? ""} name={`${made.name}.token`} label={made.name} />
            <DialogActions>
              <Button variant="primary" onClick={() => change(false)}>
                {t("tokens.taken")}
              </Button>
            </DialogActions>
          </>
        ) : (
          <Form onMade={setMade} onCancel={() => change(false)} />
        )}
      </Dialog>
    </>
  );
}

function Form({ onMade, onCancel }: { onMade: (token: NewToken) => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const form = useForm<z.infer<typeof schema>>({
    resolver: zodResolver(schema),
    defaultValues: { name: "", role: "requester", expires: "P30D" },
  });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useCreateToken(onMade),
    fields: ["name", "role", "expires"],
    inputOf: (values) => values,
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field
        label={t("common.name")}
        help={t("tokens.nameHelp")}
        error={errors.name && (errors.name.type === "too_small" ? t("cas.field.nameMissing") : errors.name.message)}
      >
        <Input {...form.register("name")} />
      </Field>
      <RoleField input={form.register("role")} error={errors.role?.message} />
      <Field label={t("issue.validity")} error={errors.expires?.message}>
        <Select {...form.register("expires")}>
          {LIFETIMES.map((one) => (
            <option key={one} value={one}>
              {t(`tokens.lifetimes.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
      <ErrorNotice error={failure} />
      <DialogActions>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={isBusy}>
          {t("tokens.create")}
        </Button>
      </DialogActions>
    </form>
  );
}
