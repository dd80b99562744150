import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Backend } from "@/api";
import { Page, Panel, PanelRow, Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useCas } from "@/features/cas";
import { Failure } from "@/shared/answered";
import { BlockedKeys } from "./parts/blocked-keys";
import { Latencies } from "./parts/latency";
import { useBlockedKeys, useLiveBackends } from "./queries";
import { BackendBadge } from "./status";

/** Where the keys are, which there are, and which must not be used. All of it appears at once: nothing moves. */
export function KeysPage() {
  const { t } = useTranslation();
  const backends = useLiveBackends();
  const isWaiting = [backends, useCas(), useBlockedKeys().question].some((one) => one.isLoading);
  return (
    <Page title={t("keys.title")} purpose={t("keys.purpose")}>
      {isWaiting ? <SkeletonRows rows={12} /> : <Sections backends={backends} />}
    </Page>
  );
}

function Sections({ backends }: { backends: ReturnType<typeof useLiveBackends> }) {
  const { t } = useTranslation();
  return (
    <>
      <Section title={t("keys.backends")}>
        <Failure question={backends} />
        {backends.data && (
          <Panel>
            {backends.data.items.map((backend) => (
              <BackendRow key={backend.name} backend={backend} />
            ))}
          </Panel>
        )}
      </Section>
      {backends.data && <Latencies backends={backends.data.items} />}
      <IssuerKeys />
      <BlockedKeys />
    </>
  );
}

function BackendRow({ backend }: { backend: Backend }) {
  const isUp = backend.state === "available";
  const detail = [backend.kind, backend.version, backend.key_types.join(", ")].filter(Boolean).join(" · ");
  return (
    <PanelRow
      title={backend.name}
      detail={isUp ? detail : backend.reason}
      end={<BackendBadge state={backend.state} />}
    />
  );
}

function IssuerKeys() {
  const { t } = useTranslation();
  const cas = useCas();
  if (!cas.data) return null;
  const keys = cas.data.items.flatMap((ca) => ca.keys.map((key) => ({ ca, key })));
  return (
    <Section title={t("keys.issuers")}>
      <Panel>
        {keys.map(({ ca, key }) => (
          <PanelRow
            key={key.id}
            title={
              <Link to="/cas/$ca" params={{ ca: ca.id }} className="hover:underline">
                {ca.name}
              </Link>
            }
            detail={`${key.key_type} · ${key.signature_algorithm} · ${key.backend}`}
            end={<Badge tone={key.state === "current" ? "good" : "neutral"}>{t(`cas.keyState.${key.state}`)}</Badge>}
          />
        ))}
      </Panel>
    </Section>
  );
}
