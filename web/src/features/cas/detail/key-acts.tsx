import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca, CaKey } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { useCancelRotation, useDestroyKey } from "../mutations";

/** Before the switch a rotation can still be called off. */
export function CancelRotation({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const may = useMay("ca:rotate");
  const [asking, setAsking] = useState(false);
  const cancel = useCancelRotation(ca, () => setAsking(false));
  if (!may) return null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t("cas.rotate.cancel")}</Button>
      <ConfirmByName
        open={asking}
        onOpenChange={setAsking}
        title={t("cas.rotate.askCancel", { name: ca.name })}
        consequences={[t("cas.rotate.cancelRevokes"), t("cas.rotate.cancelStays")]}
        verb={t("cas.rotate.cancel")}
        busy={cancel.isPending}
        error={cancel.failure}
        onConfirm={() => cancel.mutate()}
      />
    </>
  );
}

/** A key that nothing needs any more can be erased from its backend. */
export function DestroyKey({ ca, caKey }: { ca: Ca; caKey: CaKey }) {
  const { t } = useTranslation();
  const may = useMay("key:destroy");
  const [asking, setAsking] = useState(false);
  const destroy = useDestroyKey(caKey, () => setAsking(false));
  if (!may) return null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t("cas.key.destroy")}</Button>
      <ConfirmByName
        open={asking}
        onOpenChange={setAsking}
        title={t("cas.key.askDestroy", { number: caKey.number, name: ca.name })}
        consequences={[
          t("cas.key.destroyErases", { backend: caKey.backend }),
          t("cas.key.destroyStatus"),
          t("cas.consequence.forGood"),
        ]}
        verb={t("cas.key.destroy")}
        name={ca.name}
        busy={destroy.isPending}
        error={destroy.failure}
        onConfirm={() => destroy.mutate()}
      />
    </>
  );
}
