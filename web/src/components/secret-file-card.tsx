import { CircleCheck, KeyRound } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { PKCS12, saveSecretFile, showSecretFile, useSecretFile } from "@/lib/secret-files";
import { Button } from "./ui/button";

interface CardProps {
  id: number;
  /** False if the card replaces a page that no longer exists. */
  isOnPage?: boolean;
  children?: ReactNode;
}

/** A private key that exists only in this tab: warns until it is saved, and then says so. */
export function SecretFileCard({ id, isOnPage = true, children }: CardProps) {
  const { t } = useTranslation();
  const file = useSecretFile(id);
  useEffect(() => (isOnPage ? showSecretFile(id) : undefined), [id, isOnPage]);
  if (file === undefined) return null;
  const { name, isSaved, mediaType } = file;
  const kind = mediaType === PKCS12 ? "p12" : "key";
  const Icon = isSaved ? CircleCheck : KeyRound;
  return (
    <div
      role="status"
      className={cn(
        "flex flex-wrap items-center gap-3 rounded-lg border p-4",
        isSaved ? "border-good bg-good-bg" : "border-accent bg-accent-soft",
      )}
    >
      <Icon aria-hidden className={cn("size-5", isSaved ? "text-good" : "text-accent")} />
      <div className="min-w-0 flex-1 basis-60 text-sm [overflow-wrap:anywhere]">
        <p>{isSaved ? t(`secretFile.${kind}.saved`, { name }) : t(`secretFile.${kind}.unsaved`)}</p>
        {children}
      </div>
      <Button variant={isSaved ? "secondary" : "primary"} onClick={() => saveSecretFile(id)}>
        {isSaved ? t("secretFile.again") : t(`secretFile.${kind}.save`)}
      </Button>
    </div>
  );
}
