import type { UseFormRegisterReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Select } from "@/components/ui/field";
import { BUILTIN_ROLES, roleName } from "./role-name";

interface RoleFieldProps {
  input: UseFormRegisterReturn;
  help?: string | undefined;
  error?: string | undefined;
}

/** The built-in role of a user or an API token. */
export function RoleField({ input, help, error }: RoleFieldProps) {
  const { t } = useTranslation();
  return (
    <Field label={t("common.role")} help={help} error={error}>
      <Select {...input}>
        {BUILTIN_ROLES.map((role) => (
          <option key={role} value={role}>
            {roleName(t, role)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
