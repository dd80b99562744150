import { useMutation } from "@tanstack/react-query";
import { Plus, ShieldCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import { FormProvider, useFieldArray, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type ApiError, type ApprovalRules, rest, showFaults, useRefresh, WaitingForApproval } from "@/api";
import { Page } from "@/components/page";
import { EmptyState, ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMay } from "@/features/session";
import { useLeaveGuard } from "@/lib/leave-guard";
import { Failure } from "@/shared/answered";
import { useApprovalRules } from "../queries";
import { operationKey } from "../status";
import { formOf, NEW_RULE, narrowing, OPERATIONS, type RuleForm, type RulesForm, rulesOf } from "./form";

export function ApprovalRulesPage() {
  const { t } = useTranslation();
  const found = useApprovalRules();
  return (
    <Page
      title={t("approvalRules.title")}
      purpose={t("approvalRules.purpose")}
      crumbs={[{ label: t("approvals.title"), to: "/approvals" }]}
    >
      <Failure question={found} />
      {found.isPending && <Skeleton className="h-72" />}
      {found.data && <RulesEditor key={found.data.version} rules={found.data} />}
    </Page>
  );
}

function RulesEditor({ rules }: { rules: ApprovalRules }) {
  const { t } = useTranslation();
  const mayManage = useMay("approval:manage");
  const form = useForm<RulesForm>({ defaultValues: formOf(rules.rules) });
  const list = useFieldArray({ control: form.control, name: "rules" });
  const [failure, setFailure] = useState<ApiError | null>(null);
  useLeaveGuard("changes", form.formState.isDirty && !(failure instanceof WaitingForApproval));
  const save = useSave(rules.version);
  const submit = form.handleSubmit(async (values) => {
    setFailure(null);
    try {
      await save.mutateAsync(values);
    } catch (error) {
      setFailure(showFaults<RulesForm>(error, form.setError, faultFields(values)));
    }
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="flex max-w-3xl flex-col gap-5">
        {list.fields.length === 0 && (
          <EmptyState icon={ShieldCheck} title={t("approvalRules.emptyTitle")}>
            {t("approvalRules.emptyText")}
          </EmptyState>
        )}
        <fieldset disabled={!mayManage} className="contents">
          {list.fields.map((field, index) => (
            <Rule key={field.id} index={index} onRemove={mayManage ? () => list.remove(index) : undefined} />
          ))}
        </fieldset>
        <ErrorNotice error={failure} />
        {mayManage ? (
          <div className="flex flex-wrap items-center gap-2">
            <Button onClick={() => list.append({ ...NEW_RULE })}>
              <Plus aria-hidden />
              {t("approvalRules.add")}
            </Button>
            {form.formState.isDirty && (
              <>
                <Button type="submit" variant="primary" busy={save.isPending}>
                  {t("approvalRules.save")}
                </Button>
                <Button variant="ghost" onClick={() => form.reset()}>
                  {t("approvalRules.discard")}
                </Button>
              </>
            )}
            <span className="text-xs text-muted">
              {t("approvalRules.version", { version: rules.version })} · {t("approvalRules.savedHelp")}
            </span>
          </div>
        ) : (
          <p className="text-sm text-muted">{t("approvalRules.readOnly")}</p>
        )}
      </form>
    </FormProvider>
  );
}

function useSave(version: number) {
  const { t } = useTranslation();
  const refresh = useRefresh("approval");
  return useMutation({
    mutationFn: async (values: RulesForm) =>
      (await rest.changeApprovalRules({ body: { version, rules: rulesOf(values) } })).data as ApprovalRules,
    onSuccess: async (made) => {
      await refresh();
      toast(t("approvalRules.saved", { version: made.version }));
    },
  });
}

/** The fields that a fault of the server can be put at. */
function faultFields({ rules }: RulesForm) {
  return rules.flatMap((rule, index) =>
    (Object.keys(rule) as (keyof RuleForm)[]).map((name) => `rules.${index}.${name}` as const),
  );
}

function Rule({ index, onRemove }: { index: number; onRemove: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<RulesForm>();
  const rule = useWatch<RulesForm, `rules.${number}`>({ name: `rules.${index}` });
  const errors = formState.errors.rules?.[index];
  const at = (name: keyof RuleForm) => register(`rules.${index}.${name}`);
  const narrow = narrowing(rule.operation);
  const title = rule.name.trim() || t("approvalRules.one", { number: index + 1 });
  const optional = t("common.optional");
  return (
    <section aria-label={title} className="rounded-lg border bg-surface">
      <header className="flex items-center justify-between gap-3 border-b px-4 py-2.5">
        <h2 className="min-w-0 truncate text-base">{title}</h2>
        {onRemove && (
          <Button
            variant="ghost"
            size="icon"
            aria-label={t("approvalRules.remove", { name: title })}
            onClick={onRemove}
          >
            <Trash2 aria-hidden />
          </Button>
        )}
      </header>
      <div className="grid gap-5 p-4 sm:grid-cols-2">
        <Field label={t("approvalRules.name")} help={t("approvalRules.nameHelp")} error={errors?.name?.message}>
          <Input {...at("name")} />
        </Field>
        <Field label={t("approvalRules.operation")} error={errors?.operation?.message}>
          <Select {...at("operation")}>
            {OPERATIONS.map((one) => (
              <option key={one} value={one}>
                {t(operationKey(one))}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("approvalRules.needed")} help={t("approvalRules.neededHelp")} error={errors?.needed?.message}>
          <Input inputMode="numeric" className="w-24" {...at("needed")} />
        </Field>
        <Field
          label={t("approvalRules.expires")}
          help={t("approvalRules.expiresHelp")}
          error={errors?.expires?.message}
        >
          <Input className="w-32 font-mono" {...at("expires")} />
        </Field>
        <Field
          label={t("approvalRules.roles")}
          optional={optional}
          help={t("approvalRules.rolesHelp")}
          error={errors?.roles?.message}
        >
          <Input {...at("roles")} />
        </Field>
        <Field
          label={t("approvalRules.teams")}
          optional={optional}
          help={t("approvalRules.teamsHelp")}
          error={errors?.teams?.message}
        >
          <Input {...at("teams")} />
        </Field>
        {narrow.cas && (
          <Field
            label={t("approvalRules.cas")}
            optional={optional}
            help={t("approvalRules.casHelp")}
            error={errors?.cas?.message}
          >
            <Textarea rows={2} className="min-h-0" {...at("cas")} />
          </Field>
        )}
        {narrow.profiles && (
          <Field
            label={t("approvalRules.profiles")}
            optional={optional}
            help={t("approvalRules.profilesHelp")}
            error={errors?.profiles?.message}
          >
            <Input {...at("profiles")} />
          </Field>
        )}
        <div className="flex items-start gap-2.5 text-sm sm:col-span-2">
          <Checkbox id={`glass-${index}`} className="mt-0.5" {...at("break_glass")} />
          <label htmlFor={`glass-${index}`}>
            <span className="font-medium">{t("approvalRules.breakGlass")}</span>
            <span className="block text-xs text-muted">{t("approvalRules.breakGlassHelp")}</span>
          </label>
        </div>
      </div>
    </section>
  );
}
