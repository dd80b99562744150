import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { relative } from "@/lib/time";
import { useMe } from "../queries";

const NOTICE = 10 * 60_000;
const LOOK = 15_000;

/** Says so before the session ends, while there is time to finish. */
export function EndingNotice() {
  const { t, i18n } = useTranslation();
  const ends = useMe()?.session?.ends;
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), LOOK);
    return () => clearInterval(timer);
  }, []);
  const end = new Date(ends ?? 0);
  const left = end.getTime() - now.getTime();
  if (ends === undefined || left > NOTICE || left < 0) return null;
  return (
    <p role="status" className="border-b bg-warning-bg px-4 py-2 text-center text-sm text-warning">
      {t("signIn.ending", { when: relative(end, now, i18n.language) })}
    </p>
  );
}
