import { useTranslation } from "react-i18next";
import type { Credential } from "@/api";
import { Button } from "@/components/ui/button";
import { Answered } from "@/shared/answered";
import { useDevices } from "../queries";

/** The permitted devices of a credential, each with its serial numbers and names. */
export function Devices({ credential }: { credential: Credential }) {
  const { t } = useTranslation();
  const { question, rows, paging } = useDevices(credential.id);
  const title = t("enrollment.devicesCount", { count: credential.devices });
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 text-sm font-medium">{title}</h3>
      <Answered question={question}>
        {() => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
          <ul tabIndex={0} className="max-h-48 divide-y overflow-auto rounded-lg border bg-surface">
            {rows.map((device, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows at its end, and two can be equal
              <li key={index} className="px-3 py-1.5 font-mono text-xs break-all">
                {device.identities.join(", ")}
              </li>
            ))}
          </ul>
        )}
      </Answered>
      {paging.hasMore && (
        <Button className="mt-2" size="sm" busy={paging.isLoading} onClick={paging.more}>
          {t("table.more")}
        </Button>
      )}
    </section>
  );
}
