import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useState } from "react";
import { FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type Certificate, WaitingForApproval } from "@/api";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useIssuingCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { useLeaveGuard } from "@/lib/leave-guard";
import { displayName } from "@/lib/names";
import { useSubmit } from "@/shared/submit";
import { type Outcome, useIssue } from "../mutations";
import { useCertificate } from "../queries";
import { EMPTY, FIELDS, type IssueForm, schema } from "./form";
import { IssuedView } from "./issued";
import { useLacksRootConsent } from "./issuer-fields";
import { KeyFields } from "./key-fields";
import { NameFields } from "./name-fields";
import { Preview } from "./preview";
import { isShorter, RenewedValidity, usePlannedPeriod } from "./validity-field";

/** From a key to a certificate. With `rekeys` it takes the place of that one: same names, a new key. */
export function IssuePage({ rekeys }: { rekeys: string | undefined }) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>();
  const crumbs = [{ label: t("certificates.title"), to: "/certificates" as const }];
  if (outcome) {
    const isWaiting = outcome.result instanceof WaitingForApproval;
    return (
      <Page
        title={t(isWaiting ? "issue.waiting" : "issue.done")}
        purpose={t(isWaiting ? "approvals.waitingHelp" : "issue.doneHelp")}
        crumbs={crumbs}
      >
        <IssuedView outcome={outcome} onAgain={() => setOutcome(undefined)} />
      </Page>
    );
  }
  if (rekeys !== undefined) return <Rekey id={rekeys} onIssued={setOutcome} />;
  return (
    <Page title={t("certificates.issue")} purpose={t("issue.purpose")} crumbs={crumbs}>
      <Form onIssued={setOutcome} />
    </Page>
  );
}

function Rekey({ id, onIssued }: { id: string; onIssued: (outcome: Outcome) => void }) {
  const { t } = useTranslation();
  const old = useCertificate(id).data;
  const crumbs = [{ label: t("certificates.title"), to: "/certificates" as const }];
  return (
    <Page
      title={old ? t("issue.rekey", { name: displayName(old) }) : t("common.loading")}
      purpose={t("issue.rekeyHelp")}
      crumbs={crumbs}
    >
      {old && <Form old={old} onIssued={onIssued} />}
    </Page>
  );
}

function Form({ old, onIssued }: { old?: Certificate; onIssued: (outcome: Outcome) => void }) {
  const { form, isReady } = useIssueForm(old);
  useLeaveGuard("draft", form.formState.isDirty);
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useIssue(old?.id, onIssued),
    fields: FIELDS,
    inputOf: (values) => values,
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex max-w-xl min-w-0 flex-col gap-6">
          <KeyFields />
          {old ? <RekeyValidity old={old} /> : <NameFields />}
          <ErrorNotice error={failure} />
          <Submit old={old} isReady={isReady} isBusy={isBusy} />
        </div>
        <Preview />
      </form>
    </FormProvider>
  );
}

/** The new certificate's validity period, where it replaces another one. */
function RekeyValidity({ old }: { old: Certificate }) {
  const { setValue } = useFormContext<IssueForm>();
  return (
    <RenewedValidity
      old={old}
      validity={useWatch<IssueForm, "validity">({ name: "validity" })}
      onValidity={(validity) => setValue("validity", validity, { shouldDirty: true })}
      isShorterAccepted={useWatch<IssueForm, "isShorterAccepted">({ name: "isShorterAccepted" })}
      onShorterAccepted={(isAccepted) => setValue("isShorterAccepted", isAccepted)}
    />
  );
}

/** The button, as soon as the user has agreed to what needs their consent. */
function Submit({ old, isReady, isBusy }: { old: Certificate | undefined; isReady: boolean; isBusy: boolean }) {
  const { t } = useTranslation();
  const { ca, profile, validity, isShorterAccepted } = useWatch<IssueForm>() as IssueForm;
  const period = usePlannedPeriod(ca, profile, validity);
  const lacksRootConsent = useLacksRootConsent();
  const lacksConsent = old ? isShorter(period, old) && !isShorterAccepted : lacksRootConsent;
  return (
    <div>
      <Button type="submit" variant="primary" busy={isBusy} disabled={!isReady || lacksConsent}>
        {t("certificates.issue")}
      </Button>
    </div>
  );
}

/** The form, with the first CA that can issue and the profile that most people want; ready once these were looked for. */
function useIssueForm(old: Certificate | undefined) {
  const { cas } = useIssuingCas();
  const profilesQuery = useProfiles();
  const profiles = profilesQuery.data?.items;
  const form = useForm<IssueForm>({ resolver: zodResolver(schema), defaultValues: EMPTY });
  const { setValue, getValues } = form;
  const ca = cas?.[0];
  useEffect(() => {
    if (old) {
      setValue("ca", old.ca);
      setValue("profile", old.profile);
      setValue("sans", old.sans.join("\n"));
      setValue("subject", old.subject);
      return;
    }
    if (ca && getValues("ca") === "") setValue("ca", ca.id);
    if (profiles && getValues("profile") === "") {
      setValue("profile", (profiles.find((one) => one.name === "tls-server") ?? profiles[0])?.name ?? "");
    }
  }, [old, ca, profiles, setValue, getValues]);
  return { form, isReady: cas !== undefined && !profilesQuery.isPending };
}
