import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useLeaveGuard } from "@/lib/leave-guard";
import { useUploadCrl } from "../mutations";

/** Publishes a CRL that was signed elsewhere: the key of an external CA is not in this installation. */
export function UploadCrl({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const [crl, setCrl] = useState("");
  const [isMissing, setMissing] = useState(false);
  useLeaveGuard("draft", crl !== "");
  const upload = useUploadCrl(ca, () => setCrl(""));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(crl.trim() === "");
    if (crl.trim() !== "") upload.mutate(crl);
  };
  return (
    <Section title={t("cas.upload.title")}>
      <form onSubmit={submit} className="flex flex-col items-start gap-4">
        <Field
          className="w-full"
          label={t("cas.upload.crl")}
          help={t("cas.upload.help")}
          error={isMissing ? t("cas.upload.missing") : undefined}
        >
          <FileDrop value={crl} onChange={setCrl} />
        </Field>
        <ErrorNotice error={upload.failure} />
        <Button type="submit" variant="primary" busy={upload.isPending}>
          {t("cas.upload.action")}
        </Button>
      </form>
    </Section>
  );
}
