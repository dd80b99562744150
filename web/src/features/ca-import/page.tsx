import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { Page, Section } from "@/components/page";
import { ProgressBar } from "@/components/progress-bar";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Tick } from "@/components/ui/field";
import { addPageTexts } from "@/lib/i18n";
import { caImport } from "@/lib/locales/en/pages/ca-import";
import type { Looked } from "./mutations";
import { CaFields, HistoryFields, KeyFields } from "./parts/fields";
import { Faults, Findings } from "./parts/report";
import { type Progress, useImport } from "./parts/use-import";

addPageTexts({ caImport });

/** Imports a CA of another program: checks it first, then imports or migrates it. */
export function ImportCaPage() {
  const { t } = useTranslation();
  const importing = useImport();
  return (
    <Page
      title={t("caImport.title")}
      purpose={t("caImport.purpose")}
      crumbs={[{ label: t("cas.title"), to: "/cas" as const }]}
    >
      <div className="max-w-3xl">
        {importing.imported ? (
          <Result ca={importing.imported} urls={importing.looked?.report.urls ?? []} />
        ) : (
          <Steps {...importing} />
        )}
      </div>
    </Page>
  );
}

type StepsProps = ReturnType<typeof useImport>;

function Steps(importing: StepsProps) {
  const { values, change, missing, look, isLooking, looked, run, progress, failure, refused, sent } = importing;
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look();
  };
  return (
    <>
      <form onSubmit={submit} noValidate>
        <fieldset disabled={progress !== undefined || isLooking} className="min-w-0">
          <CaFields values={values} onChange={change} missing={missing} />
          {/* A new key, so that the browser's file control is cleared too. */}
          <KeyFields key={sent} values={values} onChange={change} missing={missing} />
          <HistoryFields values={values} onChange={change} />
        </fieldset>
        <div className="mb-7 flex flex-col items-start gap-4">
          <ErrorNotice error={failure} />
          <Faults remote={refused} />
          <Button type="submit" variant={looked ? "secondary" : "primary"} busy={isLooking}>
            {t("caImport.look")}
          </Button>
        </div>
      </form>
      {looked && (
        <>
          <Findings report={looked.report} history={looked.history} />
          {progress ? <Passed progress={progress} /> : <Start looked={looked} onStart={() => run(looked)} />}
        </>
      )}
    </>
  );
}

/** Rows with errors are skipped only if the user chooses so; an error of the CA or its key always blocks the import. */
function Start({ looked: { history, report }, onStart }: { looked: Looked; onStart: () => void }) {
  const { t } = useTranslation();
  const [mayLeaveOut, setMayLeaveOut] = useState(false);
  if (report.faults.length > 0) return null;
  const faulty = history.faults.length + report.rowFaults.size;
  return (
    <div className="flex flex-col items-start gap-4">
      {faulty > 0 && (
        <Tick
          label={t("caImport.leaveOut", { count: faulty })}
          checked={mayLeaveOut}
          onChange={(event) => setMayLeaveOut(event.target.checked)}
        />
      )}
      <p className="text-sm text-muted">{t("caImport.stopFirst")}</p>
      <Button variant="primary" disabled={faulty > 0 && !mayLeaveOut} onClick={onStart}>
        {t("caImport.start")}
      </Button>
    </div>
  );
}

function Passed({ progress: { passed, total } }: { progress: Progress }) {
  const { t } = useTranslation();
  const told = t("caImport.progress", { passed, count: total });
  return (
    <div className="rounded-lg border bg-surface px-4 py-3">
      <p className="text-sm font-medium" aria-live="polite">
        {told}
      </p>
      <ProgressBar label={told} passed={passed} total={total} />
      <p className="mt-2.5 text-xs text-muted">{t("caImport.stay")}</p>
    </div>
  );
}

function Result({ ca, urls }: { ca: Ca; urls: readonly string[] }) {
  const { t } = useTranslation();
  const isOurs = ca.state !== "external";
  return (
    <Section title={t(isOurs ? "caImport.done" : "caImport.known", { name: ca.name })}>
      <ul className="mb-4 flex list-disc flex-col gap-1.5 pl-5 text-sm">
        {isOurs ? (
          <>
            <li>{t("caImport.next.publish")}</li>
            <li>{t("caImport.next.destroy")}</li>
          </>
        ) : (
          <li>{t("caImport.next.external")}</li>
        )}
        {urls.length > 0 && (
          <li>
            {t("caImport.next.urls")} <span className="font-mono text-xs break-all">{urls.join(", ")}</span>
          </li>
        )}
      </ul>
      <Button asChild variant="primary">
        <Link to="/cas/$ca" params={{ ca: ca.id }}>
          {t("caImport.show", { name: ca.name })}
        </Link>
      </Button>
    </Section>
  );
}
