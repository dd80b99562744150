import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { grouped, shortened } from "@/lib/hex";
import { CopyButton } from "./copy-button";

interface HexTextProps {
  hex: string;
  name: string;
  short?: boolean;
}

/** A serial number or fingerprint in groups of four; `short` for tables, where hovering shows it whole. */
export function HexText({ hex, name, short = false }: HexTextProps) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <span
        className={cn("font-mono text-xs", short ? "whitespace-nowrap" : "break-words")}
        title={short ? grouped(hex) : undefined}
      >
        {short ? shortened(hex) : grouped(hex)}
      </span>
      <CopyButton text={hex} label={t("common.copy", { what: name })} />
    </span>
  );
}
