import { Trash2 } from "lucide-react";
import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/field";
import { operationKey } from "../status";
import { narrowing, OPERATIONS, type RuleForm, type RulesForm } from "./form";

/** One rule, with a way to remove it. */
export function Rule({ index, onRemove }: { index: number; onRemove: (() => void) | undefined }) {
  const { t } = useTranslation();
  const rule = useWatch<RulesForm, `rules.${number}`>({ name: `rules.${index}` });
  const title = rule.name.trim() || t("approvalRules.one", { number: index + 1 });
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
        <Conditions index={index} />
        <Approvers index={index} />
        <Scope index={index} operation={rule.operation} />
        <Override index={index} />
      </div>
    </section>
  );
}

/** The fields of one rule: each by its name, with the error of the server. */
function useRule(index: number) {
  const { register, formState } = useFormContext<RulesForm>();
  const errors = formState.errors.rules?.[index];
  return { errors, at: (name: keyof RuleForm) => register(`rules.${index}.${name}`) };
}

/** What the rule covers, how many approvals it needs, and how long they count. */
function Conditions({ index }: { index: number }) {
  const { t } = useTranslation();
  const { errors, at } = useRule(index);
  return (
    <>
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
      <Field label={t("approvalRules.expires")} help={t("approvalRules.expiresHelp")} error={errors?.expires?.message}>
        <Input className="w-32 font-mono" {...at("expires")} />
      </Field>
    </>
  );
}

/** Who can approve. */
function Approvers({ index }: { index: number }) {
  const { t } = useTranslation();
  const { errors, at } = useRule(index);
  const optional = t("common.optional");
  return (
    <>
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
    </>
  );
}

/** What the rule is limited to, where its operation can be limited. */
function Scope({ index, operation }: { index: number; operation: RuleForm["operation"] }) {
  const { t } = useTranslation();
  const { errors, at } = useRule(index);
  const optional = t("common.optional");
  const narrow = narrowing(operation);
  return (
    <>
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
    </>
  );
}

function Override({ index }: { index: number }) {
  const { t } = useTranslation();
  const { at } = useRule(index);
  return (
    <div className="flex items-start gap-2.5 text-sm sm:col-span-2">
      <Checkbox id={`glass-${index}`} className="mt-0.5" {...at("break_glass")} />
      <label htmlFor={`glass-${index}`}>
        <span className="font-medium">{t("approvalRules.breakGlass")}</span>
        <span className="block text-xs text-muted">{t("approvalRules.breakGlassHelp")}</span>
      </label>
    </div>
  );
}
