import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Certificate, rest, toApiError } from "@/api";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { download, fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { FORMATS } from "./formats";

/** The certificate as a file, in whichever form somebody needs it. */
export function DownloadMenu({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const save = async ({ format, extension }: (typeof FORMATS)[number]) => {
    try {
      const { data } = await rest.exportCertificate({
        path: { certificate: certificate.id },
        query: { format },
        parseAs: "blob",
      });
      download(data as Blob, fileName(displayName(certificate), extension));
    } catch (error) {
      toast(toApiError(error).message, { tone: "danger" });
    }
  };
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
        <MenuItem key={one.format} onSelect={() => void save(one)} hint={`.${one.extension}`}>
          {t(`certificates.format.${one.format}`)}
        </MenuItem>
      ))}
    </Menu>
  );
}
