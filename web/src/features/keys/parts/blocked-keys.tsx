import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import type { BlockedKey } from "@/api";
import { EndOfList } from "@/components/data-table";
import { HexText } from "@/components/hex-text";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { ActorName, useMay } from "@/features/session";
import { ListRegion } from "@/shared/list-page";
import { useSubmit } from "@/shared/submit";
import { useBlockKey, useUnblockKey } from "../mutations";
import { useBlockedKeys } from "../queries";

/** Keys that no certificate may be issued for. */
export function BlockedKeys() {
  const { t } = useTranslation();
  const mayBlock = useMay("key:block");
  const mayRead = useMay("key:read");
  const [adding, setAdding] = useState(false);
  const keys = useBlockedKeys();
  if (!mayRead) return null;
  return (
    <Section
      title={t("keys.blocked")}
      actions={mayBlock && <Button onClick={() => setAdding(true)}>{t("keys.block")}</Button>}
    >
      <ListRegion list={keys}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="text-sm text-muted">{t("keys.noneBlocked")}</p>
          ) : (
            <>
              <Panel>
                {rows.map((key) => (
                  <BlockedRow key={`${key.spki_sha256}-${key.blocked_at}`} blocked={key} mayUnblock={mayBlock} />
                ))}
              </Panel>
              <EndOfList paging={keys.paging} count={rows.length} />
            </>
          )
        }
      </ListRegion>
      {adding && <BlockDialog onClose={() => setAdding(false)} />}
    </Section>
  );
}

function BlockedRow({ blocked, mayUnblock }: { blocked: BlockedKey; mayUnblock: boolean }) {
  const { t } = useTranslation();
  const unblock = useUnblockKey(blocked);
  const inForce = blocked.unblocked_at === null;
  return (
    <PanelRow
      title={<HexText short hex={blocked.spki_sha256} name="SHA-256" />}
      detail={
        <>
          {blocked.comment || blocked.reason} · <ActorName id={blocked.blocked_by} /> ·{" "}
          <Moment time={blocked.blocked_at} precise />
        </>
      }
      end={
        inForce && mayUnblock ? (
          <Button size="sm" busy={unblock.isPending} onClick={() => unblock.mutate()}>
            {t("keys.unblock")}
          </Button>
        ) : (
          !inForce && <span className="text-xs text-muted">{t("keys.unblocked")}</span>
        )
      }
    />
  );
}

const schema = z.object({
  spki_sha256: z.string().check(z.trim(), z.regex(/^[0-9A-Fa-f]{64}$/)),
  comment: z.string().check(z.maxLength(200)),
});

function BlockDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { spki_sha256: "", comment: "" } });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useBlockKey(onClose),
    fields: ["spki_sha256", "comment"],
    inputOf: (values) => ({ ...values, spki_sha256: values.spki_sha256.toLowerCase() }),
  });
  return (
    <Dialog open onOpenChange={onClose} title={t("keys.block")} description={t("keys.blockHelp")}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field
          label={t("keys.hash")}
          help={t("keys.hashHelp")}
          error={
            errors.spki_sha256 &&
            (errors.spki_sha256.type === "invalid_format" ? t("keys.hashForm") : errors.spki_sha256.message)
          }
        >
          <Input className="font-mono text-xs" {...form.register("spki_sha256")} />
        </Field>
        <Field label={t("keys.comment")} optional={t("common.optional")} error={errors.comment?.message}>
          <Input {...form.register("comment")} />
        </Field>
        <ErrorNotice error={failure} />
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="danger" busy={isBusy}>
            {t("keys.block")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
