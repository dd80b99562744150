import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type ApiError, api, done, showFaults, useRefresh } from "@/api";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useLeaveGuard } from "@/lib/leave-guard";
import { CaFields } from "./fields";
import { bodyOf, type CaForm, EMPTY, FIELDS, schema } from "./form";
import { CaPreview } from "./preview";

export function CreateCaPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const refresh = useRefresh("ca");
  const form = useForm<CaForm>({ resolver: zodResolver(schema), defaultValues: EMPTY });
  useLeaveGuard("draft", form.formState.isDirty);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const create = useMutation(api.createCaMutation());
  const submit = form.handleSubmit(async (values) => {
    setFailure(null);
    try {
      const ca = done(await create.mutateAsync({ body: bodyOf(values) }));
      await refresh();
      toast(t("cas.created", { name: ca.name }));
      const to = ca.state === "pending" ? "/cas/$ca/certificate" : "/cas/$ca";
      await navigate({ to, params: { ca: ca.id } });
    } catch (error) {
      setFailure(showFaults<CaForm>(error, form.setError, FIELDS));
    }
  });
  return (
    <Page
      title={t("cas.create")}
      purpose={t("cas.createHelp")}
      crumbs={[{ label: t("cas.title"), to: "/cas" }]}
      actions={
        <Button asChild>
          <Link to="/cas/import">{t("caImport.link")}</Link>
        </Button>
      }
    >
      <FormProvider {...form}>
        <form onSubmit={submit} noValidate className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_360px]">
          <div className="flex max-w-xl min-w-0 flex-col gap-6">
            <CaFields />
            <ErrorNotice error={failure} />
            <div>
              <Button type="submit" variant="primary" busy={create.isPending}>
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
