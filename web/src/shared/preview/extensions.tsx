import { useTranslation } from "react-i18next";
import type { DecodedExtension } from "@/api";
import { explain } from "./explain";

/** Every extension with what it means, and as it was read. */
export function Extensions({ extensions }: { extensions: readonly DecodedExtension[] }) {
  const { t } = useTranslation();
  return (
    <ul className="divide-y overflow-hidden rounded-lg border bg-surface">
      {extensions.map((extension) => (
        <li key={extension.oid} className="px-4 py-2.5">
          <details>
            <summary className="cursor-pointer list-none">
              <span className="flex flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{extension.name}</span>
                <span className="font-mono text-xs text-muted">{extension.oid}</span>
                {extension.critical && <span className="text-xs text-muted">{t("certificates.critical")}</span>}
              </span>
              <span className="block text-sm text-muted [overflow-wrap:anywhere]">{explain(t, extension)}</span>
            </summary>
            <pre className="mt-2 overflow-x-auto rounded-sm bg-raised p-2 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
              {JSON.stringify(extension.value, null, 2)}
            </pre>
          </details>
        </li>
      ))}
    </ul>
  );
}
