import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import type { useChangeMembers } from "../mutations";

interface Person {
  id: string;
  login: string;
}

interface MemberListProps {
  title: string;
  members: readonly Person[];
  candidates: readonly Person[];
  mayChange: boolean;
  change: ReturnType<typeof useChangeMembers>;
}

/** Users who belong to something, each with a way out, and a way in for the others. */
export function MemberList({ title, members, candidates, mayChange, change }: MemberListProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState("");
  const inside = new Set(members.map((member) => member.id));
  const others = candidates.filter((user) => !inside.has(user.id));
  return (
    <section className="mt-5">
      <h3 className="mb-2 text-sm font-medium">{title}</h3>
      {members.length === 0 && <p className="text-sm text-muted">{t("rights.nobody")}</p>}
      <ul className="flex flex-wrap gap-1.5">
        {members.map((member) => (
          <li
            key={member.id}
            className="flex items-center gap-1 rounded-md border bg-raised py-0.5 pr-1 pl-2.5 text-sm"
          >
            {member.login}
            {mayChange && (
              <Button
                variant="ghost"
                size="tiny"
                aria-label={t("rights.remove", { login: member.login })}
                disabled={change.isPending}
                onClick={() => change.mutate({ action: "remove", user: member.id })}
              >
                <X aria-hidden />
              </Button>
            )}
          </li>
        ))}
      </ul>
      {mayChange && others.length > 0 && (
        <div className="mt-3 flex items-end gap-2">
          <Field label={t("rights.user")} className="min-w-0 flex-1">
            <Select value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">{t("rights.choose")}</option>
              {others.map((user) => (
                <option key={user.id} value={user.id}>
                  {user.login}
                </option>
              ))}
            </Select>
          </Field>
          <Button
            disabled={chosen === ""}
            busy={change.isPending}
            onClick={() => change.mutate({ action: "add", user: chosen }, { onSuccess: () => setChosen("") })}
          >
            {t("rights.add")}
          </Button>
        </div>
      )}
      {change.failure && (
        <div className="mt-3">
          <ErrorNotice error={change.failure} />
        </div>
      )}
    </section>
  );
}
