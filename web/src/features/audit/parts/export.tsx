import { Download } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { EXPORT_FORMATS, type ExportFormat, useExportAudit } from "../mutations";

/** The trail of a time as a file: one that proves itself, or one to read. */
export function ExportTrail() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Download aria-hidden />
        {t("audit.export")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("audit.export")} description={t("audit.exportHelp")}>
        <Form onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Form({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [format, setFormat] = useState<ExportFormat>("jsonl");
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const run = useExportAudit(onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate({ format, ...(since && { since: instant(since) }), ...(until && { until: instant(until) }) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field label={t("audit.formatLabel")}>
        <Select value={format} onChange={(event) => setFormat(event.target.value === "csv" ? "csv" : "jsonl")}>
          {(Object.keys(EXPORT_FORMATS) as ExportFormat[]).map((one) => (
            <option key={one} value={one}>
              {t(`audit.format.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("audit.since")} optional={t("common.optional")}>
          <Input type="datetime-local" value={since} onChange={(event) => setSince(event.target.value)} />
        </Field>
        <Field label={t("audit.until")} optional={t("common.optional")}>
          <Input type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        </Field>
      </div>
      <ErrorNotice error={run.failure} />
      <DialogActions>
        <Button onClick={onDone}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={run.isPending}>
          {t("audit.save")}
        </Button>
      </DialogActions>
    </form>
  );
}

/** What a user typed in their own zone. */
function instant(local: string): string {
  return new Date(local).toISOString();
}
