import { useTranslation } from "react-i18next";
import { stringify } from "yaml";
import type { Approval } from "@/api";
import { HexText } from "@/components/hex-text";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Section } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { useCaNames } from "@/features/cas";

const SHOWN_ELSEWHERE = new Set(["operation", "object"]);
const TIME = /^\d{4}-\d\d-\d\dT/;

/** Everything that decides what will be done, as it was frozen: facts by name, larger parts as they are written. */
export function ActBody({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const cas = useCaNames();
  const label = (name: string) => t(`approvals.field.${name}` as "approvals.field.name", { defaultValue: name });
  const told = Object.entries(approval.body)
    .filter(([name]) => !SHOWN_ELSEWHERE.has(name))
    .map(([name, value]) => ({ name, value: plain(value) }));
  const facts = told.flatMap(({ name, value }) =>
    typeof value === "string" && value !== ""
      ? [{ label: label(name), value: <Fact text={cas.get(value)?.name ?? value} /> }]
      : [],
  );
  return (
    <Section title={t("approvals.what")}>
      <KeyValues
        pairs={[
          ...facts,
          {
            label: t("approvals.hash"),
            value: <HexText hex={approval.sha256} name={t("approvals.hash")} />,
            note: t("approvals.hashHelp"),
          },
        ]}
      />
      {told.map(({ name, value }) =>
        typeof value === "string" ? null : (
          <div key={name} className="mt-4">
            <PemView text={stringify(value)} name={`${name}.yaml`} label={label(name)} />
          </div>
        ),
      )}
    </Section>
  );
}

function Fact({ text }: { text: string }) {
  return TIME.test(text) ? <Moment time={text} precise /> : text;
}

/** Text for what fits in a line (a validity is its duration, or its ends), the value itself for what does not. */
function plain(value: unknown): unknown {
  if (value === null || value === undefined || value === false) return "";
  if (value === true) return "✓";
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.every((one) => typeof one === "string") ? value.join(", ") : value;
  const { duration, not_before, not_after, ...others } = value as Record<string, unknown>;
  if (Object.keys(others).length > 0) return value;
  return duration ? String(duration) : [not_before, not_after].filter(Boolean).join(" – ");
}
