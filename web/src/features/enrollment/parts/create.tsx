import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { EnrollmentProtocol } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { confirmLeave } from "@/lib/leave-guard";
import { useSubmit } from "@/shared/submit";
import { type IssuedCredential, useCreateCredential } from "../mutations";
import { type Choices, useChoices } from "../queries";
import { Fields } from "./fields";
import { type CredentialForm, FIELDS, preferredProfile, schema } from "./form";
import { Issued } from "./issued";

/** A button, and behind it a form; then the new credential with its secret. */
export function CreateCredential({ protocol }: { protocol: EnrollmentProtocol }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [issued, setIssued] = useState<IssuedCredential>();
  const change = (next: boolean) => {
    setOpen(next);
    setIssued(undefined);
  };
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        {t(`enrollment.create.${protocol}`)}
      </Button>
      <Dialog
        open={open}
        wide
        onOpenChange={async (next) => (next || (await confirmLeave())) && change(next)}
        title={issued ? t(titleOf(issued), { name: issued.credential.name }) : t(`enrollment.create.${protocol}`)}
        description={issued?.secret ? t("enrollment.copyHelp") : t(`enrollment.createHelp.${protocol}`)}
      >
        {issued ? (
          <Issued issued={issued} onClose={() => change(false)} />
        ) : (
          <ChosenForm protocol={protocol} onIssued={setIssued} onCancel={() => change(false)} />
        )}
      </Dialog>
    </>
  );
}

function titleOf({ secret }: IssuedCredential) {
  return secret === null ? "enrollment.configureName" : "enrollment.copyTitle";
}

interface FormProps {
  protocol: EnrollmentProtocol;
  onIssued: (issued: IssuedCredential) => void;
  onCancel: () => void;
}

/** The form, as soon as its choices are known. */
function ChosenForm(props: FormProps) {
  const choices = useChoices();
  return choices && <Form {...props} {...choices} />;
}

function Form({ protocol, cas, profiles, onIssued, onCancel }: FormProps & Choices) {
  const { t } = useTranslation();
  const form = useForm<CredentialForm>({
    resolver: zodResolver(schema),
    defaultValues: {
      name: "",
      ca: cas.find((ca) => ca.parent !== null)?.name ?? cas[0]?.name ?? "",
      profile: preferredProfile(profiles.map((one) => one.name)),
      names: "",
      devices: "",
      role: "registration-authority",
      expires: "P1Y",
      open: false,
      serverKeys: false,
      preAuthorized: false,
      legacyAlgorithms: false,
      validator: "",
      ra_certificate: "",
    },
  });
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useCreateCredential(protocol, onIssued),
    fields: FIELDS,
    inputOf: (values) => values,
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Fields form={form} protocol={protocol} cas={cas} profiles={profiles} />
      <ErrorNotice error={failure} />
      <DialogActions>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={isBusy}>
          {t(`enrollment.create.${protocol}`)}
        </Button>
      </DialogActions>
    </form>
  );
}
