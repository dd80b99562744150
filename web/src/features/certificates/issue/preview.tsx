import { useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { KeyValues } from "@/components/key-values";
import { useCaNames } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { parseSans } from "@/lib/sans";
import { duration } from "@/lib/time";
import { useDebounced } from "@/lib/use-debounced";
import { useDecoded } from "../queries";
import type { IssueForm } from "./form";
import { PeriodText, usePlannedPeriod } from "./validity-field";

const PAUSE = 300;

/** Preview of the request while the user fills in the form. */
export function Preview() {
  const { t, i18n } = useTranslation();
  const form = useWatch<IssueForm>() as IssueForm;
  const request = useRequest(form);
  const ca = useCaNames().get(form.ca);
  const profile = useProfiles().data?.items.find((one) => one.name === form.profile);
  const period = usePlannedPeriod(form.ca, form.profile, form.validity);
  const typed = parseSans(form.sans);
  const names = typed.length > 0 ? typed : (request.found?.sans ?? []);
  return (
    <aside aria-label={t("issue.preview")} className="lg:sticky lg:top-5 lg:self-start">
      <h2 className="mb-2.5 text-base">{t("issue.preview")}</h2>
      <KeyValues
        pairs={[
          { label: t("certificates.fact.names"), value: <Names names={names} /> },
          { label: t("certificates.fact.subject"), value: form.subject || request.found?.subject },
          {
            label: t("certificates.column.key"),
            value:
              form.source === "csr" ? (request.found?.key?.type ?? <Missing text={t("issue.noCsr")} />) : form.keyType,
            note: request.isUnreadable && <span className="text-danger">{t("issue.unreadable")}</span>,
          },
          { label: t("certificates.fact.issuer"), value: ca?.name },
          { label: t("certificates.column.profile"), value: profile?.name, note: profile?.description },
          {
            label: t("issue.validity"),
            value: period && <PeriodText period={period} />,
            note: profile && t("issue.longest", { duration: duration(profile.validity.maximum, i18n.language) }),
          },
        ]}
      />
    </aside>
  );
}

/** What the pasted request says; `isUnreadable` when it is something else. */
function useRequest(form: IssueForm) {
  const csr = useDebounced(form.source === "csr" ? form.csr.trim() : "", PAUSE);
  const decoded = useDecoded(csr || undefined);
  const found = csr ? decoded.data?.find((one) => one.kind === "certificate-request") : undefined;
  return { found, isUnreadable: csr !== "" && !decoded.isPending && found === undefined };
}

function Names({ names }: { names: readonly string[] }) {
  const { t } = useTranslation();
  if (names.length === 0) return <Missing text={t("issue.noNames")} />;
  return names.map((name) => <div key={name}>{name}</div>);
}

function Missing({ text }: { text: string }) {
  return <span className="text-muted">{text}</span>;
}
