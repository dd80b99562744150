import { zodResolver } from "@hookform/resolvers/zod";
import { Link } from "@tanstack/react-router";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useLeaveGuard } from "@/lib/leave-guard";
import { useSubmit } from "@/shared/submit";
import { useCreateCa } from "../mutations";
import { CaFields } from "./fields";
import { bodyOf, type CaForm, EMPTY, FIELDS, schema } from "./form";
import { CaPreview } from "./preview";

export function CreateCaPage() {
  const { t } = useTranslation();
  const form = useForm<CaForm>({ resolver: zodResolver(schema), defaultValues: EMPTY });
  useLeaveGuard("draft", form.formState.isDirty);
  const { submit, failure, isBusy } = useSubmit(form, { change: useCreateCa(), fields: FIELDS, inputOf: bodyOf });
  return (
    <Page
      title={t("cas.create")}
      purpose={t("cas.createHelp")}
      crumbs={[{ label: t("cas.title"), to: "/cas" }]}
      actions={
        <Button asChild>
          <Link to="/cas/import">{t("cas.importLink")}</Link>
        </Button>
      }
    >
      <FormProvider {...form}>
        <form onSubmit={submit} noValidate className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_360px]">
          <div className="flex max-w-xl min-w-0 flex-col gap-6">
            <CaFields />
            <ErrorNotice error={failure} />
            <div>
              <Button type="submit" variant="primary" busy={isBusy}>
                {t("cas.create")}
              </Button>
            </div>
          </div>
          <CaPreview />
        </form>
      </FormProvider>
    </Page>
  );
}
