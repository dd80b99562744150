import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Page, Panel, PanelRow } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { useIssuingCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { addPageTexts } from "@/lib/i18n";
import { useLeaveGuard } from "@/lib/leave-guard";
import { bulk } from "@/lib/locales/en/pages/bulk";
import { useStartFile } from "./mutations";
import { ACTIONS, type Action, COLUMNS } from "./parts/rows";

addPageTexts({ bulk });

const LARGEST = 32 * 1024 * 1024;

/** Many certificates by one file: every row is checked before any is done. */
export function BulkPage() {
  const { t } = useTranslation();
  const [action, setAction] = useState<Action>("issue");
  const [content, setContent] = useState("");
  const [isMissing, setMissing] = useState(false);
  useLeaveGuard("draft", content !== "");
  const [defaults, setDefaults] = useState<{ ca?: string; profile?: string }>({});
  const submit = useStartFile();
  const send = (event: FormEvent) => {
    event.preventDefault();
    setMissing(content.trim() === "");
    if (content.trim() !== "") submit.mutate({ action, content, defaults });
  };
  return (
    <Page
      title={t("bulk.title")}
      purpose={t("bulk.purpose")}
      crumbs={[{ label: t("certificates.title"), to: "/certificates" }]}
    >
      <form onSubmit={send} noValidate className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex min-w-0 flex-col gap-6">
          <Field label={t("bulk.action")} className="max-w-xs">
            <Select value={action} onChange={(event) => setAction(event.target.value as Action)}>
              {ACTIONS.map((one) => (
                <option key={one} value={one}>
                  {t(`bulk.actions.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
          {action === "issue" && <Defaults defaults={defaults} onChange={setDefaults} />}
          <Field label={t("bulk.file")} help={t("bulk.fileHelp")} error={isMissing ? t("bulk.fileMissing") : undefined}>
            <FileDrop value={content} onChange={setContent} rows={12} largest={LARGEST} isText />
          </Field>
          {submit.failure && <Faults error={submit.failure} />}
          <div>
            <Button type="submit" variant="primary" busy={submit.isPending}>
              {t("bulk.start")}
            </Button>
          </div>
        </div>
        <Columns action={action} />
      </form>
    </Page>
  );
}

interface DefaultsProps {
  defaults: { ca?: string; profile?: string };
  onChange: (defaults: { ca?: string; profile?: string }) => void;
}

function Defaults({ defaults, onChange }: DefaultsProps) {
  const { t } = useTranslation();
  const cas = useIssuingCas().cas ?? [];
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity") ?? [];
  const pick = (name: "ca" | "profile", value: string) => {
    const { [name]: _, ...others } = defaults;
    onChange(value === "" ? others : { ...others, [name]: value });
  };
  return (
    <div className="grid max-w-xl gap-6 sm:grid-cols-2">
      <Field label={t("certificates.column.ca")} help={t("bulk.defaultHelp")}>
        <Select value={defaults.ca ?? ""} onChange={(event) => pick("ca", event.target.value)}>
          <option value="">{t("bulk.inRow")}</option>
          {cas.map((ca) => (
            <option key={ca.id} value={ca.id}>
              {ca.name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t("certificates.column.profile")} help={t("bulk.defaultHelp")}>
        <Select value={defaults.profile ?? ""} onChange={(event) => pick("profile", event.target.value)}>
          <option value="">{t("bulk.inRow")}</option>
          {profiles.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </Select>
      </Field>
    </div>
  );
}

function Faults({ error }: { error: ApiError }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-3">
      <ErrorNotice error={error} />
      {error.faults.length > 1 && (
        <section aria-label={t("bulk.faults")} className="max-h-80 overflow-y-auto">
          <Panel>
            {error.faults.map((fault) => (
              <PanelRow
                key={`${fault.field} ${fault.rule}`}
                title={<span className="font-mono text-xs">{fault.field}</span>}
                detail={<span lang="en">{fault.message}</span>}
              />
            ))}
          </Panel>
        </section>
      )}
    </div>
  );
}

function Columns({ action }: { action: Action }) {
  const { t } = useTranslation();
  return (
    <aside aria-label={t("bulk.columns")} className="lg:sticky lg:top-5 lg:self-start">
      <h2 className="mb-1 text-base">{t("bulk.columns")}</h2>
      <p className="mb-3 text-sm text-muted">{t("bulk.columnsHelp")}</p>
      <dl className="divide-y rounded-lg border bg-surface text-sm">
        {COLUMNS[action].map((name) => (
          <div key={name} className="px-4 py-2.5">
            <dt className="font-mono text-xs font-medium">{name}</dt>
            <dd className="text-muted">{t(`bulk.column.${name}` as "bulk.column.csr")}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}
