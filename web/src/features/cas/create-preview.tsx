import { useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Chain } from "@/components/chain";
import { advice } from "./advice";
import { type CaForm, OUTSIDE, subjectOf } from "./create-form";
import { useBackends, useCaNames } from "./queries";

/** Where it will stand, and what experience says about the choices made so far. */
export function CaPreview() {
  const { t } = useTranslation();
  const form = useWatch<CaForm>() as CaForm;
  const cas = useCaNames();
  const links = [];
  for (let id: string | null = form.parent || null; id !== null; ) {
    const ca = cas.get(id);
    if (!ca) break;
    links.unshift({ id: ca.id, title: ca.name, detail: ca.key_type ?? "" });
    id = ca.parent;
  }
  if (form.parent === OUTSIDE) links.push({ id: OUTSIDE, title: t("cas.field.outside"), detail: "" });
  links.push({
    id: "new",
    isCurrent: true,
    title: form.name.trim() || t("cas.one"),
    detail: `${form.name.trim() ? `${subjectOf(form)} · ` : ""}${form.key_type}`,
  });
  const backends = useBackends().data?.items;
  const backend = backends?.find((one) => one.name === form.backend) ?? backends?.[0];
  const hints = advice(t, form, cas.get(form.parent), backend);
  return (
    <aside aria-label={t("issue.preview")} className="lg:sticky lg:top-5 lg:self-start">
      <h2 className="mb-2.5 text-base">{t("cas.preview")}</h2>
      <Chain label={t("cas.preview")} links={links} />
      <ul className="mt-5 space-y-2 text-sm text-muted">
        {hints.map((hint) => (
          <li key={hint} className="border-l-2 border-accent pl-3">
            {hint}
          </li>
        ))}
      </ul>
    </aside>
  );
}
