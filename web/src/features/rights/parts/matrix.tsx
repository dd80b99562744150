import { Check, Minus, ShieldAlert } from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { PermissionRow } from "@/api";
import { BUILTIN_ROLES, roleName } from "@/features/session";
import { grouped } from "../queries";

/** What each standing role may do, and on whose objects: they do not change. */
export function Matrix({ rows }: { rows: readonly PermissionRow[] }) {
  const { t } = useTranslation();
  return (
    <section
      className="relative overflow-x-auto rounded-lg border bg-surface"
      aria-label={t("rights.matrix")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by the keyboard
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b text-left text-xs text-muted">
            <th scope="col" className="px-4 py-2 font-medium">
              {t("rights.permission")}
            </th>
            {BUILTIN_ROLES.map((role) => (
              <th key={role} scope="col" className="px-3 py-2 text-center font-medium">
                {roleName(t, role)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grouped(rows).map((group) => (
            <Fragment key={group.noun}>
              {group.rows.map((row) => (
                <tr key={row.permission} className="border-b last:border-b-0">
                  <th scope="row" className="px-4 py-1.5 text-left font-mono text-xs font-normal whitespace-nowrap">
                    {row.permission}
                    {row.is_sensitive && (
                      <span className="ml-1.5 inline-block align-middle text-warning" title={t("rights.dangerous")}>
                        <ShieldAlert aria-hidden className="size-3.5" />
                        <span className="sr-only">{t("rights.dangerous")}</span>
                      </span>
                    )}
                  </th>
                  {BUILTIN_ROLES.map((role) => (
                    <Cell key={role} reach={row.roles[role]} />
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ reach }: { reach: "all" | "team" | "own" | undefined }) {
  const { t } = useTranslation();
  return (
    <td className="px-3 py-1.5 text-center text-xs">
      {reach === undefined ? (
        <span className="text-muted">
          <Minus aria-hidden className="mx-auto size-3.5" />
          <span className="sr-only">{t("common.no")}</span>
        </span>
      ) : reach === "all" ? (
        <span className="text-good">
          <Check aria-hidden className="mx-auto size-4" />
          <span className="sr-only">{t("common.yes")}</span>
        </span>
      ) : (
        t(`rights.reach.${reach}`)
      )}
    </td>
  );
}
