import { useTranslation } from "react-i18next";
import { exact, relative } from "@/lib/time";

/** A time: relative with the exact one on hover, or the other way round with `precise`. */
export function Moment({ time, precise = false }: { time: string; precise?: boolean }) {
  const { i18n } = useTranslation();
  const date = new Date(time);
  const near = relative(date, new Date(), i18n.language);
  return (
    <time dateTime={time} title={precise ? near : exact(date, i18n.language, true)} className="whitespace-nowrap">
      {precise ? exact(date, i18n.language) : near}
    </time>
  );
}
