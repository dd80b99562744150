import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { Moment } from "@/components/moment";
import { Panel, Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/field";
import { useMay } from "@/features/session";
import { useCommentRequest } from "../mutations";

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
  const [text, setText] = useState("");
  const add = useCommentRequest(id, () => setText(""));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") add.mutate(text.trim());
  };
  return (
    <form className="mt-4 flex max-w-2xl flex-col items-start gap-3" onSubmit={submit}>
      <Field className="w-full" label={t("requests.comment")} help={t("requests.commentHelp")}>
        <Textarea value={text} maxLength={MAX_LENGTH} onChange={(event) => setText(event.target.value)} />
      </Field>
      <ErrorNotice error={add.failure} />
      <Button type="submit" disabled={text.trim() === ""} busy={add.isPending}>
        {t("requests.addComment")}
      </Button>
    </form>
  );
}
