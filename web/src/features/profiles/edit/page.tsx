import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ProfileDefinition, WaitingForApproval } from "@/api";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { useLeaveGuard } from "@/lib/leave-guard";
import { Failure } from "@/shared/answered";
import { useSaveProfile } from "../mutations";
import { fromYaml, toYaml, withValue } from "../parts/yaml";
import { PROFILE_TO_COPY, useCheck, useDefinitionSchema, useProfile } from "../queries";
import { DefinitionForm } from "./definition-form";
import { Remarks } from "./remarks";
import { Trial } from "./trial";

const NEVER_CHANGED: ReadonlySet<string> = new Set(["name", "kind"]);
const FREE: ReadonlySet<string> = new Set();

/** A new version of `edit`, or a new profile that starts as a copy of `tls-server`. */
export function EditProfilePage({ edit }: { edit: string | undefined }) {
  const { t } = useTranslation();
  const base = useProfile(edit ?? PROFILE_TO_COPY).data;
  return (
    <Page
      title={edit === undefined ? t("profiles.create") : t("profiles.editing", { name: edit })}
      purpose={t("profiles.editHelp")}
      crumbs={[{ label: t("profiles.title"), to: "/profiles" }]}
    >
      {base ? (
        <Editor
          edit={edit}
          start={edit === undefined ? toYaml({ ...base, name: "", description: "", version: 1 }) : toYaml(base)}
        />
      ) : (
        <Skeleton className="h-96" />
      )}
    </Page>
  );
}

function Editor({ edit, start }: { edit: string | undefined; start: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState(start);
  const parsed = fromYaml(text);
  const definition = "definition" in parsed ? parsed.definition : undefined;
  const isUntouched = edit === undefined && text === start; // a copy without its name has no fault of its author yet
  const check = useCheck(isUntouched ? undefined : definition);
  const navigate = useNavigate();
  const save = useSaveProfile(edit, ({ name }) => {
    release();
    return navigate({ to: "/profiles/$name", params: { name } });
  });
  const isSubmitted = save.failure instanceof WaitingForApproval;
  const release = useLeaveGuard("changes", text !== start && !isSubmitted);
  return (
    <div className="grid gap-7 lg:grid-cols-2">
      <Filled edit={edit} text={text} check={check} onChange={setText} />
      <div className="flex min-w-0 flex-col gap-4">
        <Field
          label={t("profiles.definition")}
          error={"fault" in parsed ? parsed.fault || t("profiles.noObject") : undefined}
        >
          <Textarea
            rows={26}
            className="font-mono text-xs leading-5"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <ErrorNotice error={save.failure} />
        <Button
          variant="primary"
          className="mb-5 self-start"
          busy={save.isPending}
          disabled={definition === undefined}
          onClick={() => definition && save.mutate(definition)}
        >
          {edit === undefined ? t("profiles.create") : t("profiles.save")}
        </Button>
        <Remarks check={check} isYaml={definition !== undefined} isUntouched={isUntouched} />
        <Trial definition={definition} />
      </div>
    </div>
  );
}

interface FilledProps {
  edit: string | undefined;
  text: string;
  check: ReturnType<typeof useCheck>;
  onChange: (text: string) => void;
}

/** The form over the text: what is changed here is changed there. Over a text that is no YAML it rests as it was. */
function Filled({ edit, text, check, onChange }: FilledProps) {
  const schema = useDefinitionSchema();
  const parsed = fromYaml(text);
  const now = "definition" in parsed ? parsed.definition : undefined;
  const [last, setLast] = useState<ProfileDefinition>();
  if (now !== undefined && JSON.stringify(now) !== JSON.stringify(last)) setLast(now);
  const remarks = check.data?.remarks;
  const faults = useMemo(
    () =>
      new Map(
        remarks?.filter(({ severity }) => severity === "error").map(({ field, message }) => [field, message] as const),
      ),
    [remarks],
  );
  if (schema.isError) return <Failure question={schema} />;
  if (schema.isPending) return <Skeleton className="h-96" />;
  return (
    <DefinitionForm
      schema={schema.data}
      definition={now ?? last}
      fixed={edit === undefined ? FREE : NEVER_CHANGED}
      faults={faults}
      isDisabled={now === undefined}
      onChange={(path, value) => onChange(withValue(text, path, value))}
    />
  );
}
