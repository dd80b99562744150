import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Profile } from "@/api";
import { Field, Select } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { type DiffLine, diffLines } from "@/lib/diff";
import { Failure } from "@/shared/answered";
import { toYaml } from "../parts/yaml";
import { useProfile } from "../queries";

/** What changed between an older version and the one in force. */
export function Versions({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const [other, setOther] = useState(Math.max(1, profile.version - 1));
  const old = useProfile(profile.name, other);
  if (profile.version === 1) return <p className="text-sm text-muted">{t("profiles.onlyVersion")}</p>;
  const numbers = Array.from({ length: profile.version - 1 }, (_, index) => profile.version - 1 - index);
  return (
    <div>
      <Field label={t("profiles.compare", { version: profile.version })} className="mb-4 w-64">
        <Select value={other} onChange={(event) => setOther(Number(event.target.value))}>
          {numbers.map((number) => (
            <option key={number} value={number}>
              {t("profiles.versionNumber", { number })}
            </option>
          ))}
        </Select>
      </Field>
      <Failure question={old} />
      {old.isPending && <Skeleton className="h-64" />}
      {old.data && <Diff lines={diffLines(toYaml(old.data), toYaml(profile))} />}
    </div>
  );
}

const SIGN = { same: " ", added: "+", removed: "−" };

function Diff({ lines }: { lines: readonly DiffLine[] }) {
  return (
    <pre className="overflow-x-auto rounded-lg border bg-surface py-2 font-mono text-xs leading-5">
      {lines.map((line, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
          key={index}
          className={cn(
            "px-3",
            line.kind === "added" && "bg-good-bg text-good",
            line.kind === "removed" && "bg-danger-bg text-danger",
          )}
        >
          {SIGN[line.kind]} {line.text}
        </div>
      ))}
    </pre>
  );
}
