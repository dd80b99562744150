import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Certificate } from "@/api";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { useDownloadCertificate } from "../mutations";
import { FORMATS } from "./formats";

/** Downloads the certificate in one of several formats. */
export function DownloadMenu({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const save = useDownloadCertificate(certificate);
  return (
    <Menu
      trigger={
        <Button>
          <Download aria-hidden />
          {t("certificates.download")}
        </Button>
      }
    >
      {FORMATS.map((one) => (
        <MenuItem key={one.format} onSelect={() => save.mutate(one)} hint={`.${one.extension}`}>
          {t(`certificates.format.${one.format}`)}
        </MenuItem>
      ))}
    </Menu>
  );
}
