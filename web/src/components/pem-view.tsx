import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { download } from "@/lib/download";
import { CopyButton } from "./copy-button";
import { Button } from "./ui/button";

interface PemViewProps {
  text: string;
  name: string;
  label: string;
}

/** Text to copy or download: PEM, a configuration snippet. `name` is the name of the downloaded file. */
export function PemView({ text, name, label }: PemViewProps) {
  const { t } = useTranslation();
  return (
    <figure className="overflow-hidden rounded-lg border bg-surface">
      <figcaption className="flex items-center gap-1 border-b px-3 py-1.5 text-xs text-muted">
        <span className="flex-1 truncate">{label}</span>
        <CopyButton text={text} label={t("common.copy", { what: label })} />
        <Button
          variant="ghost"
          size="tiny"
          aria-label={t("common.downloadAs", { name })}
          onClick={() => download(text, name)}
        >
          <Download aria-hidden />
        </Button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <pre tabIndex={0} className="max-h-96 overflow-auto p-3 font-mono text-xs leading-5">
        {text}
      </pre>
    </figure>
  );
}
