import { useTranslation } from "react-i18next";
import { KeyValues } from "@/components/key-values";
import { Page, Panel, Section } from "@/components/page";
import { roleName, useMe } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { account } from "@/lib/locales/en/pages/account";
import { Answered } from "@/shared/answered";
import { Identities } from "./parts/identities";
import { PasskeyRows } from "./parts/passkeys";
import { ChangePassword } from "./parts/password";
import { RecoveryRow } from "./parts/recovery";
import { SecurityNotices } from "./parts/security-notices";
import { Sessions } from "./parts/sessions";
import { TotpRow } from "./parts/totp";
import { useFactors } from "./queries";

addPageTexts({ account });

/** The user's own account. */
export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  const user = me?.user;
  const pairs = [
    { label: t("common.name"), value: user?.display_name },
    { label: t("signIn.login"), value: user?.login },
    { label: t("people.email"), value: user?.email },
    { label: t("common.role"), value: me?.roles.map((role) => roleName(t, role)).join(", ") },
    { label: t("people.origin"), value: user?.origin ?? t("people.originHere") },
  ];
  return (
    <Page title={t("account.title")} purpose={t("account.purpose")}>
      <SecurityNotices />
      <Section title={t("account.profile")}>
        <KeyValues pairs={pairs} />
      </Section>
      {user && !user.origin && <ChangePassword />}
      <Factors />
      <Identities />
      <Sessions />
    </Page>
  );
}

function Factors() {
  const { t } = useTranslation();
  const factors = useFactors();
  return (
    <Section title={t("account.factors")}>
      <Answered question={factors}>
        {(data) => (
          <Panel>
            <TotpRow isOn={data.totp} />
            <PasskeyRows passkeys={data.passkeys} />
            <RecoveryRow left={data.recovery_codes} mayHave={data.totp || data.passkeys.length > 0} />
          </Panel>
        )}
      </Answered>
    </Section>
  );
}
