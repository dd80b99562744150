import { Plus, ShieldCheck } from "lucide-react";
import { FormProvider, useFieldArray, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type ApprovalRules, WaitingForApproval } from "@/api";
import { Page } from "@/components/page";
import { EmptyState, ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { useLeaveGuard } from "@/lib/leave-guard";
import { approvalRules } from "@/lib/locales/en/pages/approval-rules";
import { Failure } from "@/shared/answered";
import { useSubmit } from "@/shared/submit";
import { useChangeApprovalRules } from "../mutations";
import { useApprovalRules } from "../queries";
import { formOf, NEW_RULE, type RuleForm, type RulesForm, rulesOf } from "./form";
import { Rule } from "./rule";

addPageTexts({ approvalRules });

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
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useChangeApprovalRules(rules.version),
    fields: faultFields,
    inputOf: rulesOf,
  });
  useLeaveGuard("changes", form.formState.isDirty && !(failure instanceof WaitingForApproval));
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
                <Button type="submit" variant="primary" busy={isBusy}>
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

/** The fields that a fault of the server can be put at. */
function faultFields({ rules }: RulesForm) {
  return rules.flatMap((rule, index) =>
    (Object.keys(rule) as (keyof RuleForm)[]).map((name) => `rules.${index}.${name}` as const),
  );
}
