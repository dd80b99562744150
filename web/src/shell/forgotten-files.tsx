import { SecretFileCard } from "@/components/secret-file-card";
import { useForgottenFiles } from "@/lib/secret-files";

/** Unsaved private keys of pages that are gone, for example after the session ended. */
export function ForgottenFiles() {
  const files = useForgottenFiles();
  if (files.length === 0) return null;
  return (
    <div className="mx-auto flex w-full max-w-[1280px] flex-col gap-2 px-4 pt-5 sm:px-8">
      {files.map(({ id }) => (
        <SecretFileCard key={id} id={id} isOnPage={false} />
      ))}
    </div>
  );
}
