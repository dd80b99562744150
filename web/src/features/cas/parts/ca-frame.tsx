import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import type { Crumb } from "@/components/page";
import { AnsweredPage } from "@/shared/answered";
import { useCa } from "../queries";

interface CaFrameProps {
  id: string;
  /** The title while the CA is not there. */
  unnamed: string;
  children: (ca: Ca, crumbs: readonly Crumb[]) => ReactNode;
}

/** A page about one CA, from when it has been read. */
export function CaFrame({ id, unnamed, children }: CaFrameProps) {
  const { t } = useTranslation();
  const found = useCa(id);
  const crumbs = [{ label: t("cas.title"), to: "/cas" as const }];
  return (
    <AnsweredPage question={found} unnamed={unnamed} crumbs={crumbs}>
      {(ca) => children(ca, crumbs)}
    </AnsweredPage>
  );
}
