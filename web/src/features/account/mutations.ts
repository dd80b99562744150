import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type ChangeKind,
  type Identity,
  type NewTotp,
  type Passkey,
  type PasswordBodyWritable,
  proveBySession,
  rest,
  type Session,
} from "@/api";
import { readSession } from "@/features/session";
import { makePasskey } from "@/lib/passkey";
import { useChange } from "@/shared/change";

const CHANGES = ["user", "session"] as const satisfies readonly ChangeKind[];

export function useUnlinkIdentity(identity: Identity) {
  return useChange({
    send: () => rest.unlinkIdentity({ path: { identity: identity.id } }),
    changes: CHANGES,
    isFailureToast: true,
  });
}

export function useRemovePasskey(passkey: Passkey) {
  return useChange({
    send: () => rest.removePasskey({ path: { passkey: passkey.id } }),
    changes: CHANGES,
    isFailureToast: true,
  });
}

export function useRenamePasskey(passkey: Passkey, onDone: () => void) {
  return useChange({
    send: (name: string) => rest.renamePasskey({ path: { passkey: passkey.id }, body: { name } }),
    changes: CHANGES,
    onDone,
    isFailureToast: true,
  });
}

/** Creates a passkey on this device or another, and registers it under a name. */
export function useAddPasskey(onDone: () => void) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (name: string) => {
      const { options } = (await rest.beginPasskey()).data;
      const credential = await makePasskey(options);
      const added = await rest.addPasskey({ body: { name, credential } });
      await readSession(queryClient);
      return added;
    },
    changes: CHANGES,
    onDone,
    isFailureToast: true,
  });
}

/** Creates recovery codes, which replace the earlier ones. */
export function useCreateRecoveryCodes(onDone: (codes: readonly string[]) => void) {
  return useChange({
    send: () => rest.createRecoveryCodes(),
    changes: CHANGES,
    onDone: ({ codes }) => onDone(codes),
    isFailureToast: true,
  });
}

export function useRevokeOwnSession(session: Session) {
  return useChange({
    send: () => rest.revokeOwnSession({ path: { session: session.id } }),
    changes: CHANGES,
    isFailureToast: true,
  });
}

export function useRemoveTotp() {
  return useChange({ send: () => rest.removeTotp(), changes: CHANGES, isFailureToast: true });
}

/** Creates the secret of an authenticator, which counts once a code has confirmed it. */
export function usePrepareTotp(onDone: (prepared: NewTotp) => void) {
  return useChange({ send: () => rest.prepareTotp(), changes: CHANGES, onDone, isFailureToast: true });
}

/** Confirms that the authenticator has the secret; the session then has another CSRF token. */
export function useConfirmTotp(onDone: () => void) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (code: string) => {
      const confirmed = await rest.confirmTotp({ body: { code } });
      proveBySession(confirmed.data.csrf_token);
      await readSession(queryClient);
      return confirmed;
    },
    changes: CHANGES,
    onDone,
  });
}

export function useChangePassword(onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: async (body: PasswordBodyWritable) => {
      const changed = await rest.changePassword({ body });
      proveBySession(changed.data.csrf_token);
      return changed;
    },
    changes: CHANGES,
    message: t("account.passwordChanged"),
    onDone,
  });
}
