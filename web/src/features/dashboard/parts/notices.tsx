import { Info, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Notice } from "@/api";
import { CopyButton } from "@/components/copy-button";
import { useMay } from "@/features/session";
import { cn } from "@/lib/cn";
import { useStatus } from "../queries";

/** Conditions that an operator has to repair, each with the commands that do it. */
export function Notices() {
  const may = useMay("status:read");
  const status = useStatus();
  const notices = status.data?.notices ?? [];
  if (!may || notices.length === 0) return null;
  if (notices.every(isTrial)) {
    return (
      <div role="note" className="mb-7 flex flex-col gap-3 rounded-lg border border-border bg-surface p-4">
        {notices.map((notice) => (
          <NoticeText key={notice.code} notice={notice} />
        ))}
      </div>
    );
  }
  return (
    <div role="alert" className="mb-7 flex flex-col gap-3 rounded-lg border border-warning bg-warning-bg p-4">
      {notices.map((notice) => (
        <NoticeText key={`${notice.code}-${notice.ca}`} notice={notice} />
      ))}
    </div>
  );
}

/** Nothing is wrong with a local trial or a demo; its operator only has to know that it is one. */
function isTrial(notice: Notice) {
  return notice.code === "local_trial" || notice.code === "demo";
}

function NoticeText({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const trial = isTrial(notice);
  const Icon = trial ? Info : TriangleAlert;
  return (
    <div className="flex gap-2.5 text-sm">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", trial ? "text-muted" : "text-warning")} />
      <div className="min-w-0">
        <p className={cn("font-medium", !trial && "text-warning")}>{useTitle(notice)}</p>
        <p className="mt-1 break-words">{notice.message}</p>
        {notice.commands.map((command) => (
          <div key={command} className="mt-1 flex items-center gap-1">
            <code className="min-w-0 break-all font-mono text-xs">{command}</code>
            <CopyButton text={command} label={t("dashboard.notice.copyCommand")} />
          </div>
        ))}
      </div>
    </div>
  );
}

function useTitle({ code, ca }: Notice) {
  const { t } = useTranslation();
  if (code === "demo") return t("dashboard.notice.demo");
  if (code === "local_trial") return t("dashboard.notice.localTrial");
  if (ca === null) return t("dashboard.notice.statusUrl");
  return t("dashboard.notice.statusUrlOfCa", { name: ca });
}
