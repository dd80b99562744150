import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, type Notice } from "@/api";
import { CopyButton } from "@/components/copy-button";
import { useMay } from "@/features/session";

const EVERY = 15_000;

/** Conditions that an operator has to repair, each with the commands that do it. */
export function Notices() {
  const may = useMay("status:read");
  const status = useQuery({ ...api.getStatusOptions(), enabled: may, refetchInterval: EVERY });
  const notices = status.data?.notices ?? [];
  if (!may || notices.length === 0) return null;
  return (
    <div role="alert" className="mb-7 flex flex-col gap-3 rounded-lg border border-warning bg-warning-bg p-4">
      {notices.map((notice) => (
        <NoticeText key={`${notice.code}-${notice.ca}`} notice={notice} />
      ))}
    </div>
  );
}

function NoticeText({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  return (
    <div className="flex gap-2.5 text-sm">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="min-w-0">
        <p className="font-medium text-warning">
          {notice.ca === null
            ? t("dashboard.notice.statusUrl")
            : t("dashboard.notice.statusUrlOfCa", { name: notice.ca })}
        </p>
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
