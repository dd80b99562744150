import { useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type CaBody, toApiError } from "@/api";
import { Chain } from "@/components/chain";
import { ErrorNotice } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import { IssuancePreview } from "@/shared/preview";
import { useBackends, useCaNames, useCaPreview } from "../queries";
import { advice } from "./advice";
import { bodyOf, type CaForm, OUTSIDE, schema, subjectOf } from "./form";

/** Where it will stand, what experience says about the choices made so far, and the certificate that they make. */
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
    <aside aria-label={t("issue.preview")} className="min-w-0">
      <h2 className="mb-2.5 text-base">{t("cas.preview")}</h2>
      <Chain label={t("cas.preview")} links={links} />
      <ul className="mt-5 space-y-2 text-sm text-muted">
        {hints.map((hint) => (
          <li key={hint} className="border-l-2 border-accent pl-3">
            {hint}
          </li>
        ))}
      </ul>
      {form.parent !== OUTSIDE && <CertificateToBe form={form} />}
    </aside>
  );
}

/** By the server's own rules and lint, while the form is being filled in. */
function CertificateToBe({ form }: { form: CaForm }) {
  const { t } = useTranslation();
  const { asked, preview } = useCaPreview(bodyWhenComplete(form));
  return (
    <section aria-live="polite" className="mt-7">
      <h2 className="mb-2.5 text-base">{t("preview.title")}</h2>
      {asked === undefined && (
        <p className="text-sm text-muted">{t(form.name.trim() ? "cas.field.unsound" : "cas.field.nameMissing")}</p>
      )}
      {asked && preview.isError && <ErrorNotice error={toApiError(preview.error)} />}
      {asked && (preview.isPending || preview.isPlaceholderData) && <Skeleton className="h-64" />}
      {asked && preview.isSuccess && !preview.isPlaceholderData && <IssuancePreview preview={preview.data} />}
    </section>
  );
}

/** What would be sent; undefined while the form's own rules are not met. */
export function bodyWhenComplete(form: CaForm): CaBody | undefined {
  const checked = schema.safeParse(form);
  return checked.success ? bodyOf(checked.data) : undefined;
}
