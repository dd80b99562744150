import { useTranslation } from "react-i18next";
import { type Identity, type PersonBody, rest, type User } from "@/api";
import { useChange } from "@/shared/change";

/** What a person form returns: the login is used for a new user only. */
export interface PersonInput {
  person: PersonBody;
  login: string;
}

/** Creates a user; `onDone` gets the one-time link for their first sign-in. */
export function useCreateUser(onDone: (link: string) => void) {
  return useChange({
    send: ({ person, login }: PersonInput) => rest.createUser({ body: { ...person, login } }),
    changes: ["user"],
    onDone: (created) => onDone(created.sign_in_url ?? ""),
  });
}

export function useUpdateUser(user: User, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: ({ person }: PersonInput) => rest.changeUser({ path: { user: user.id }, body: person }),
    changes: ["user"],
    message: (changed) => t("people.changed", { name: changed.display_name }),
    onDone,
  });
}

/** Disables or enables a user. */
export function useSwitchUser(user: User) {
  const path = { user: user.id };
  return useChange({
    send: (action: "disable" | "enable"): Promise<{ data: unknown }> =>
      action === "disable" ? rest.disableUser({ path }) : rest.enableUser({ path }),
    changes: ["user", "session"],
    isFailureToast: true,
  });
}

/** Creates a new one-time link for a user. */
export function useInviteUser(user: User, onDone: (link: string) => void) {
  return useChange({
    send: () => rest.inviteUser({ path: { user: user.id } }),
    onDone: (invited) => onDone(invited.sign_in_url ?? ""),
    isFailureToast: true,
  });
}

export function useResetFactors(user: User, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: () => rest.resetUserFactors({ path: { user: user.id } }),
    changes: ["user", "session"],
    message: t("people.factorsReset", { name: user.login }),
    onDone,
  });
}

export function useUnlinkUserIdentity(user: string, identity: Identity) {
  return useChange({
    send: () => rest.unlinkUserIdentity({ path: { user, identity: identity.id } }),
    changes: ["user"],
    isFailureToast: true,
  });
}
