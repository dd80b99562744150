import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { DecodedObject } from "@/api";
import { Chain } from "@/components/chain";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { CaBadge, useCas } from "@/features/cas";
import { commonName, sanValue } from "@/lib/names";
import { dateOnly } from "@/lib/time";
import { Failure } from "@/shared/answered";
import { useChain } from "../queries";

/** The chain with the states that its CAs have right now. */
export function TrustPath({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const chain = useChain(id);
  const cas = useCas().data?.items ?? [];
  if (chain.isError) return <Failure question={chain} />;
  if (!chain.data) return <Skeleton className="h-36" />;
  const caOf = (one: DecodedObject) => cas.find((ca) => ca.subject === one.subject);
  const links = chain.data.map((one, index) => {
    const ca = index === 0 ? undefined : caOf(one);
    const end = new Date(one.not_after ?? 0);
    return {
      id: one.fingerprint_sha256 ?? String(index),
      isCurrent: index === 0,
      title: ca ? (
        <Link to="/cas/$ca" params={{ ca: ca.id }} className="hover:underline">
          {ca.name}
        </Link>
      ) : (
        commonName(one.subject ?? "") || sanValue(one.sans[0] ?? "—")
      ),
      detail: [
        t("certificates.until", { date: dateOnly(end, i18n.language) }),
        one.key?.type,
        one.signature_algorithm && t("certificates.signedWith", { algorithm: one.signature_algorithm }),
      ]
        .filter(Boolean)
        .join(" · "),
      status: ca ? (
        <CaBadge state={ca.state} until={ca.not_after} />
      ) : (
        end < new Date() && <Badge tone="neutral">{t("status.expiredCa")}</Badge>
      ),
    };
  });
  return <Chain label={t("certificates.tab.chain")} links={links.reverse()} />;
}
