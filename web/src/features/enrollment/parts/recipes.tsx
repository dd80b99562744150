import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca, Credential, Recipe } from "@/api";
import { PemView } from "@/components/pem-view";
import { ErrorNotice } from "@/components/states";
import { Field, Input, Select } from "@/components/ui/field";
import { useCaNames } from "@/features/cas";
import { cn } from "@/lib/cn";
import { useChoices, useRecipes } from "../queries";
import { exampleHost, isHost } from "./clients";
import { preferredProfile } from "./form";
import { TrustHelp } from "./trust-help";

const FIRST_CLIENT = "certbot";
const HMAC_PLACEHOLDER = "HMAC_KEY";

interface RecipesProps {
  /** The EAB key of the clients, or null if there is none yet: its ID is then a placeholder, too. */
  credential: Credential | null;
  /** Its HMAC key, or null if it is no longer known. The browser fills it in, and the server does not get it. */
  secret: string | null;
}

/** What to paste for each ACME client. The server writes the texts, as it does for `pkim recipe`. */
export function Recipes({ credential, secret }: RecipesProps) {
  const { t } = useTranslation();
  const all = useChoices();
  const byId = useCaNames();
  if (all === undefined) return null;
  const cas = credential?.cas?.flatMap((id) => byId.get(id) ?? []) ?? all.cas;
  const profiles = credential?.profiles ?? all.profiles.map((one) => one.name);
  if (cas.length === 0 || profiles.length === 0)
    return <p className="text-sm text-muted">{t("enrollment.recipeNeeds")}</p>;
  return <Chooser credential={credential} secret={secret} cas={cas} profiles={profiles} />;
}

interface ChooserProps extends RecipesProps {
  cas: readonly Ca[];
  /** Names of profiles. */
  profiles: readonly string[];
}

/** The fields, of which CA and profile are shown if the key permits several. Below them, the text for the client. */
function Chooser({ credential, secret, cas, profiles }: ChooserProps) {
  const { t } = useTranslation();
  const [client, setClient] = useState(FIRST_CLIENT);
  const [host, setHost] = useState(exampleHost("www", credential?.names ?? null));
  const [ca, setCa] = useState(cas[0]?.id ?? "");
  const [profile, setProfile] = useState(preferredProfile(profiles));
  const { recipes, failure, isOutdated } = useRecipes({ ca, profile, host, ...(credential && { key: credential.id }) });
  const recipe = recipes?.items.find((one) => one.client === client);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="grid gap-4 sm:grid-cols-2">
        <Choice
          label={t("enrollment.client")}
          value={client}
          onChange={setClient}
          options={recipes?.items.map((one) => [one.client, one.label])}
        />
        <Field label={t("enrollment.host")} error={isHost(host) ? undefined : t("enrollment.hostInvalid")}>
          <Input value={host} onChange={(event) => setHost(event.target.value.trim())} />
        </Field>
        {cas.length > 1 && (
          <Choice
            label={t("certificates.column.ca")}
            value={ca}
            onChange={setCa}
            options={cas.map((one) => [one.id, one.name])}
          />
        )}
        {profiles.length > 1 && (
          <Choice
            label={t("certificates.column.profile")}
            value={profile}
            onChange={setProfile}
            options={profiles.map((name) => [name, name])}
          />
        )}
      </div>
      <ErrorNotice error={failure} />
      {recipes && recipe && (
        <div inert={isOutdated} className={cn("flex min-w-0 flex-col gap-3", isOutdated && "opacity-60")}>
          <TrustHelp text="enrollment.recipeTrust" />
          <PemView text={recipes.prepare} name="trust.sh" label={t("enrollment.recipePrepare")} />
          <PemView text={filledIn(recipe, secret)} name={recipe.file} label={recipe.label} />
          <p className="text-xs text-muted">
            {t(`enrollment.recipeSource.${recipe.source}`)}{" "}
            {secret === null && credential && t("enrollment.recipePlaceholder")}
          </p>
        </div>
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Values with their names. */
  options: readonly (readonly [string, string])[] | undefined;
}

function Choice({ label, value, onChange, options }: ChoiceProps) {
  return (
    <Field label={label}>
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        {options?.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function filledIn({ text }: Recipe, secret: string | null): string {
  return secret === null ? text : text.replaceAll(HMAC_PLACEHOLDER, secret);
}
