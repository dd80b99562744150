import { useNavigate } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Certificate } from "@/api";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { useMay } from "@/features/session";
import { DownloadMenu } from "../parts/download-menu";
import { HoldDialog, ReleaseDialog } from "./plain-acts";
import { RenewDialog } from "./renew-dialog";
import { RevokeDialog } from "./revoke-dialog";

type Act = "renew" | "revoke" | "hold" | "release";

/** What can be done to a certificate: the two verbs that are used, the rest in a menu. */
export function Acts({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayIssue = useMay("certificate:issue");
  const mayRevoke = useMay("certificate:revoke");
  const mayRelease = useMay("certificate:release");
  const [act, setAct] = useState<Act>();
  const { state } = certificate;
  const close = () => setAct(undefined);
  const isLive = state === "valid" || state === "held";
  const shared = { certificate, onClose: close };
  return (
    <>
      <DownloadMenu certificate={certificate} />
      {mayRevoke && isLive && (
        <Menu
          trigger={
            <Button size="icon" aria-label={t("certificates.more")}>
              <MoreHorizontal aria-hidden />
            </Button>
          }
        >
          {mayIssue && (
            <MenuItem onSelect={() => void navigate({ to: "/certificates/new", search: { rekeys: certificate.id } })}>
              {t("certificates.act.rekey")}
            </MenuItem>
          )}
          {state === "valid" && <MenuItem onSelect={() => setAct("hold")}>{t("certificates.act.hold")}</MenuItem>}
          {state === "held" && mayRelease && (
            <MenuItem onSelect={() => setAct("release")}>{t("certificates.act.release")}</MenuItem>
          )}
          <MenuSeparator />
          <MenuItem danger onSelect={() => setAct("revoke")}>
            {t("certificates.act.revoke")}
          </MenuItem>
        </Menu>
      )}
      {mayIssue && state !== "revoked" && (
        <Button variant="primary" onClick={() => setAct("renew")}>
          {t("certificates.act.renew")}
        </Button>
      )}
      {act === "renew" && <RenewDialog {...shared} />}
      {act === "hold" && <HoldDialog {...shared} />}
      {act === "release" && <ReleaseDialog {...shared} />}
      {act === "revoke" && <RevokeDialog {...shared} />}
    </>
  );
}
