import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Moment } from "@/components/moment";
import { useMe } from "@/features/session";

/** What the user must check about their own account. */
export function SecurityNotices() {
  const { t } = useTranslation();
  const notices = useMe()?.security_notices ?? [];
  return notices.map((notice) => (
    <div
      key={notice.code}
      role="alert"
      className="mb-7 flex gap-2.5 rounded-lg border border-warning bg-warning-bg p-4 text-sm"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <p>
        {t("account.guessed", { count: notice.count })} <Moment time={notice.last_at} precise />
      </p>
    </div>
  ));
}
