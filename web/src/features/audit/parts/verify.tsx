import { ShieldCheck, ShieldX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditReport, toApiError } from "@/api";
import { HexText } from "@/components/hex-text";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { useVerification } from "../queries";

/** Has every hash, MAC and checkpoint checked now, and shows what was found. */
export function VerifyTrail() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <ShieldCheck aria-hidden />
        {t("audit.verify")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("audit.verify")} description={t("audit.verifyHelp")}>
        {open && <Verdict />}
      </Dialog>
    </>
  );
}

function Verdict() {
  const report = useVerification();
  if (report.isError) return <ErrorNotice error={toApiError(report.error)} />;
  return report.data ? <Found report={report.data} /> : <Skeleton className="h-20" />;
}

function Found({ report }: { report: AuditReport }) {
  const { t } = useTranslation();
  const Icon = report.valid ? ShieldCheck : ShieldX;
  return (
    <div>
      <p
        className={
          report.valid ? "flex items-center gap-2 text-lg text-good" : "flex items-center gap-2 text-lg text-danger"
        }
      >
        <Icon aria-hidden className="size-6" />
        {report.valid ? t("audit.whole") : t("audit.broken", { count: report.problems.length })}
      </p>
      <p className="mt-1 text-sm text-muted tabular">
        {t("audit.counted", { events: report.events, chains: report.chains, checkpoints: report.checkpoints })}
      </p>
      {report.valid && (
        <ul className="mt-3 list-disc space-y-1 pl-5 text-sm">
          <li>{t("audit.sealed")}</li>
          <li>{t("audit.held")}</li>
        </ul>
      )}
      <div className="mt-3 text-sm">
        <p className="text-muted">{t("audit.key")}</p>
        <HexText hex={report.key_sha256} name="SHA-256" />
      </div>
      <ul className="mt-3 space-y-1 text-sm">
        {report.problems.map((problem) => (
          <li key={`${problem.chain}-${problem.seq}-${problem.message}`}>
            <span className="font-mono text-xs">
              {problem.chain} #{problem.seq}
            </span>{" "}
            {problem.message}
          </li>
        ))}
      </ul>
    </div>
  );
}
