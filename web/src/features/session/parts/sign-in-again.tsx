import { QueryClient, QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { Dialog as Radix } from "radix-ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Me, proveBySession, refreshAll } from "@/api";
import { SignIn } from "../page";
import { ME } from "../queries";

export interface SignInAgainProps {
  /** The same user is signed in again. */
  onBack: () => void;
  /** Another user signed in: nothing on the page belongs to them. */
  onOther: () => void;
}

/** Covers a page whose session ended while it holds unsaved input, which the same user gets back. */
export function SignInAgain({ onBack, onOther }: SignInAgainProps) {
  const { t } = useTranslation();
  const page = useQueryClient();
  const [before] = useState(() => page.getQueryData<Me>(ME.queryKey));
  // Signing in forgets what was read; what the page below shows is read again afterwards.
  const [own] = useState(() => new QueryClient());
  const finish = async () => {
    const me = await page.fetchQuery({ ...ME, staleTime: 0 });
    if (me.session) proveBySession(me.session.csrf_token);
    if (before === undefined || ownerOf(me) !== ownerOf(before)) return onOther();
    onBack();
    await refreshAll(page);
  };
  return (
    <Radix.Root open>
      <Radix.Portal>
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-0 z-50 overflow-y-auto bg-background"
          onEscapeKeyDown={(event) => event.preventDefault()}
        >
          <Radix.Title className="sr-only">{t("signIn.title")}</Radix.Title>
          <QueryClientProvider client={own}>
            <SignIn ended to={window.location.pathname + window.location.search} onDone={() => void finish()} />
          </QueryClientProvider>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function ownerOf({ id, user }: Me): string {
  return user?.id ?? id;
}
