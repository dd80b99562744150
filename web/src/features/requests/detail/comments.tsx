import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type CertificateRequest, toApiError, useRefresh } from "@/api";
import { Moment } from "@/components/moment";
import { Panel, Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/field";
import { useMay } from "@/features/session";

const MAX_LENGTH = 2000;

export function Comments({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const mayComment = useMay("request:submit");
  return (
    <Section title={t("requests.comments")}>
      {request.comments.length === 0 ? (
        <p className="text-sm text-muted">{t("requests.noComments")}</p>
      ) : (
        <Panel>
          {request.comments.map((one) => (
            <div key={`${one.at} ${one.by}`} className="px-4 py-3">
              <div className="text-xs text-muted">
                {one.name} · <Moment time={one.at} precise />
              </div>
              <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{one.text}</p>
            </div>
          ))}
        </Panel>
      )}
      {mayComment && <AddComment id={request.id} />}
    </Section>
  );
}

function AddComment({ id }: { id: string }) {
  const { t } = useTranslation();
  const refresh = useRefresh("request");
  const [text, setText] = useState("");
  const add = useMutation({
    ...api.commentRequestMutation(),
    onSuccess: async () => {
      setText("");
      await refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") add.mutate({ path: { request: id }, body: { text: text.trim() } });
  };
  return (
    <form className="mt-4 flex max-w-2xl flex-col items-start gap-3" onSubmit={submit}>
      <Field className="w-full" label={t("requests.comment")} help={t("requests.commentHelp")}>
        <Textarea value={text} maxLength={MAX_LENGTH} onChange={(event) => setText(event.target.value)} />
      </Field>
      <ErrorNotice error={add.error ? toApiError(add.error) : null} />
      <Button type="submit" disabled={text.trim() === ""} busy={add.isPending}>
        {t("requests.addComment")}
      </Button>
    </form>
  );
}
