import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Ca, Crl } from "@/api";
import { EndOfList } from "@/components/data-table";
import { LifeBar } from "@/components/life-bar";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { download, fileName } from "@/lib/download";
import { ListRegion } from "@/shared/list-page";
import { usePublishCrl } from "../mutations";
import { useCrls } from "../queries";
import { Published } from "./published";
import { UploadCrl } from "./upload-crl";

/** What is published about revocations now, by key, and every CRL that was, newest first. */
export function Crls({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const mayPublish = useMay("crl:publish");
  const crls = useCrls(ca.id);
  const publish = usePublishCrl(ca);
  const isExternal = ca.state === "external";
  const action = mayPublish && !isExternal && (
    <Button busy={publish.isPending} onClick={() => publish.mutate()}>
      {t("cas.publish")}
    </Button>
  );
  return (
    <>
      <Published ca={ca} />
      {mayPublish && isExternal && <UploadCrl ca={ca} />}
      <Section title={t("cas.crls")} actions={action}>
        <ListRegion list={crls}>
          {(rows) =>
            rows.length === 0 ? (
              <p className="text-sm text-muted">{t("cas.noCrl")}</p>
            ) : (
              <>
                <Panel>
                  {rows.map((crl) => (
                    <CrlRow key={crl.id} crl={crl} name={ca.name} />
                  ))}
                </Panel>
                <EndOfList paging={crls.paging} count={rows.length} />
              </>
            )
          }
        </ListRegion>
      </Section>
    </>
  );
}

function CrlRow({ crl, name }: { crl: Crl; name: string }) {
  const { t } = useTranslation();
  const kind = crl.base_number === null ? t("cas.fullCrl") : t("cas.deltaCrl", { base: crl.base_number });
  return (
    <PanelRow
      title={<span className="tabular">{t("cas.crlNumber", { number: crl.number })}</span>}
      detail={
        <>
          {kind} · {crl.shard !== null && `${t("cas.crlPart", { part: crl.shard })} · `}
          {t("cas.entries", { count: crl.entries })} · <Moment time={crl.this_update} precise />
        </>
      }
      end={
        <span className="flex items-center gap-3">
          <LifeBar from={crl.this_update} until={crl.next_update} />
          <span className="text-right text-sm text-muted sm:w-28">
            <Moment time={crl.next_update} />
          </span>
          <Button
            variant="ghost"
            size="icon"
            aria-label={t("common.downloadAs", { name: t("cas.crlNumber", { number: crl.number }) })}
            onClick={() => download(crl.pem, fileName(`${name}-${crl.number}`, "crl.pem"))}
          >
            <Download aria-hidden />
          </Button>
        </span>
      }
    />
  );
}
