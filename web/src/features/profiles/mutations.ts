import { useTranslation } from "react-i18next";
import { type Profile, type ProfileDefinition, rest } from "@/api";
import { useChange } from "@/shared/change";

/** Creates a profile, or a new version of `edit`. */
export function useSaveProfile(edit: string | undefined, onDone: (saved: ProfileDefinition) => unknown) {
  const { t } = useTranslation();
  return useChange({
    send: async (body: ProfileDefinition): Promise<{ data: ProfileDefinition }> => {
      const { data } =
        edit === undefined
          ? await rest.createProfile({ body })
          : await rest.updateProfile({ path: { profile: edit }, body });
      return { data: data as ProfileDefinition };
    },
    changes: ["profile"],
    message: (saved) => t("profiles.saved", { name: saved.name }),
    onDone,
  });
}

export function useRetireProfile(profile: Profile, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: () => rest.retireProfile({ path: { profile: profile.name } }),
    changes: ["profile"],
    message: t("profiles.retired", { name: profile.name }),
    onDone,
  });
}
