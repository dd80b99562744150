import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DecodedObject } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Panel, PanelRow } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { commonName } from "@/lib/names";
import { PrivateKeyError } from "@/lib/private-key";
import { useCompare } from "../mutations";

/** Whether a key and a certificate belong together. The key is read here: the server sees only the certificate. */
export function CompareForm() {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  const [data, setData] = useState("");
  const compare = useCompare();
  const { error } = compare;
  const change = (set: (text: string) => void) => (text: string) => {
    compare.reset();
    set(text);
  };
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Field
        label={t("tools.key")}
        help={t("tools.keyHelp")}
        error={error instanceof PrivateKeyError ? t(`tools.keyFault.${error.fault}`) : undefined}
      >
        <FileDrop value={key} onChange={change(setKey)} />
      </Field>
      <Field label={t("tools.compared")} help={t("tools.comparedHelp")}>
        <FileDrop value={data} onChange={change(setData)} />
      </Field>
      <div>
        <Button
          variant="primary"
          disabled={key.trim() === "" || data.trim() === ""}
          busy={compare.isPending}
          onClick={() => compare.mutate({ key, data })}
        >
          {t("tools.compare")}
        </Button>
      </div>
      <ErrorNotice error={error instanceof PrivateKeyError ? null : compare.failure} />
      {compare.data && <Result {...compare.data} />}
    </div>
  );
}

function Result({ spki, objects }: { spki: string; objects: readonly DecodedObject[] }) {
  const { t } = useTranslation();
  if (objects.length === 0) return <p className="text-sm text-muted">{t("tools.nothingToCompare")}</p>;
  return (
    <Panel>
      {objects.map((object, index) => (
        <PanelRow
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be equal
          key={index}
          title={commonName(object.subject ?? "") || object.sans[0] || t(`tools.kind.${object.kind}`)}
          detail={`${t(`tools.kind.${object.kind}`)} · ${object.key?.type}`}
          end={
            object.key?.spki_sha256 === spki ? (
              <Badge tone="good">{t("tools.sameKey")}</Badge>
            ) : (
              <Badge tone="danger">{t("tools.otherKey")}</Badge>
            )
          }
        />
      ))}
    </Panel>
  );
}
