import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { KeyValues } from "@/components/key-values";
import { LifeBar } from "@/components/life-bar";
import { Moment } from "@/components/moment";
import { Section } from "@/components/page";
import { Button } from "@/components/ui/button";
import { useCaNames } from "../queries";
import { CaChain } from "./ca-chain";

/** What the authority is, and between whom it stands. */
export function CaOverview({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  return (
    <>
      {ca.state === "pending" && <AwaitsCertificate ca={ca} />}
      <div className="grid gap-x-7 lg:grid-cols-[1.4fr_1fr]">
        <div className="mb-7 min-w-0">
          <Facts ca={ca} />
        </div>
        <div className="min-w-0">
          <Section title={t("cas.chain")}>
            <CaChain ca={ca} />
          </Section>
        </div>
      </div>
    </>
  );
}

/** Its certificate comes from an authority outside, and has not come yet. */
function AwaitsCertificate({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  return (
    <div className="mb-7 flex flex-wrap items-center justify-between gap-3 rounded-lg border border-accent bg-accent-soft px-4 py-3">
      <p className="max-w-2xl text-sm">{t("cas.external.waits")}</p>
      <Button asChild variant="primary">
        <Link to="/cas/$ca/certificate" params={{ ca: ca.id }}>
          {t("cas.external.title")}
        </Link>
      </Button>
    </div>
  );
}

function policyText({ oid, cps }: Ca["policies"][number]): string {
  return cps ? `${oid} (${cps})` : oid;
}

function Facts({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const parent = useCaNames().get(ca.parent ?? "");
  const { permitted, excluded } = ca.name_constraints;
  return (
    <KeyValues
      pairs={[
        { label: t("certificates.fact.subject"), value: ca.subject },
        {
          label: t("cas.fact.parent"),
          value: parent ? (
            <Link to="/cas/$ca" params={{ ca: parent.id }} className="hover:underline">
              {parent.name}
            </Link>
          ) : (
            ca.parent === null && t(ca.not_before === null ? "cas.fact.externalParent" : "cas.fact.selfSigned")
          ),
        },
        {
          label: t("certificates.fact.valid"),
          value: ca.not_before && ca.not_after && (
            <>
              <Moment time={ca.not_before} precise /> {t("certificates.to")} <Moment time={ca.not_after} precise />
            </>
          ),
          note: ca.not_before && ca.not_after && <LifeBar wide from={ca.not_before} until={ca.not_after} />,
        },
        { label: t("certificates.column.key"), value: ca.key_type, note: ca.keys[0]?.signature_algorithm },
        {
          label: t("cas.fact.depth"),
          value: ca.path_length === null ? t("cas.fact.unlimited") : String(ca.path_length),
          note: ca.path_length === 0 ? t("certificates.explain.caLeaves") : t("cas.fact.depthNote"),
        },
        { label: t("cas.fact.permitted"), value: permitted.join(", ") },
        { label: t("cas.fact.excluded"), value: excluded.join(", ") },
        { label: t("cas.fact.policies"), value: ca.policies.map(policyText).join(", ") },
      ]}
    />
  );
}
