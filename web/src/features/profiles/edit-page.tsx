import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, type ProfileDefinition, rest, toApiError } from "@/api";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useProfile } from "./queries";
import { Remarks } from "./remarks";
import { fromYaml, toYaml } from "./yaml";

/** A new version of `edit`, or a new profile that starts as a copy of `tls-server`. */
export function EditProfilePage({ edit }: { edit: string | undefined }) {
  const { t } = useTranslation();
  const base = useProfile(edit ?? "tls-server").data;
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
  const parsed = fromYaml(useDeferredValue(text));
  const save = useSave(edit);
  const definition = "definition" in parsed ? parsed.definition : undefined;
  return (
    <div className="grid gap-7 lg:grid-cols-[minmax(0,1fr)_380px]">
      <div className="flex min-w-0 flex-col gap-4">
        <Field
          label={t("profiles.definition")}
          error={"fault" in parsed ? parsed.fault || t("profiles.noObject") : undefined}
        >
          <Textarea
            rows={28}
            className="font-mono text-xs leading-5"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <ErrorNotice error={save.error ? toApiError(save.error) : null} />
        <div>
          <Button
            variant="primary"
            busy={save.isPending}
            disabled={definition === undefined}
            onClick={() => definition && save.mutate(definition)}
          >
            {edit === undefined ? t("profiles.create") : t("profiles.save")}
          </Button>
        </div>
      </div>
      <Remarks definition={definition} />
    </div>
  );
}

function useSave(edit: string | undefined) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return useMutation<ProfileDefinition, ApiError, ProfileDefinition>({
    mutationFn: async (body) => {
      if (edit === undefined) return (await rest.createProfile({ body, throwOnError: true })).data as ProfileDefinition;
      return (await rest.updateProfile({ path: { profile: edit }, body, throwOnError: true }))
        .data as ProfileDefinition;
    },
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries();
      toast(t("profiles.saved", { name: saved.name }));
      await navigate({ to: "/profiles/$name", params: { name: saved.name } });
    },
  });
}
