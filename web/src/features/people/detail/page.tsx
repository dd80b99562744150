import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Page, Section } from "@/components/page";
import { Button } from "@/components/ui/button";
import { useMay, useMe } from "@/features/session";
import { AnsweredPage } from "@/shared/answered";
import { LinkDialog } from "../parts/link-dialog";
import { UserMenu } from "../parts/menu";
import { useUser } from "../queries";
import { UserBadge } from "../status";
import { ChangeUser } from "./change";
import { Rights } from "./rights";
import { SignIns } from "./sign-ins";

/** A user: their account, their permissions with the reasons, and how they sign in. */
export function PersonPage({ id }: { id: string }) {
  const { t } = useTranslation();
  const found = useUser(id);
  const crumbs = [{ label: t("people.title"), to: "/people" }] as const;
  return (
    <AnsweredPage question={found} unnamed={t("people.one")} crumbs={crumbs}>
      {(user) => (
        <Page
          title={user.display_name}
          purpose={user.login}
          status={<UserBadge state={user.state} />}
          crumbs={crumbs}
          actions={<Acts user={user} />}
        >
          <Facts user={user} />
          <Rights user={user.id} />
          <SignIns user={user.id} />
        </Page>
      )}
    </AnsweredPage>
  );
}

function Acts({ user }: { user: User }) {
  const { t } = useTranslation();
  const mayManage = useMay("user:manage");
  const mayAudit = useMay("audit:read");
  const isOwn = useMe()?.user?.id === user.id;
  const [link, setLink] = useState<string>();
  return (
    <>
      {mayAudit && (
        <Button asChild>
          <Link to="/audit" search={{ actor: user.id }}>
            {t("people.deeds")}
          </Link>
        </Button>
      )}
      {mayManage && !isOwn && <ChangeUser user={user} />}
      {mayManage && <UserMenu user={user} onLink={setLink} />}
      <LinkDialog link={link} onClose={() => setLink(undefined)} />
    </>
  );
}

function Facts({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <Section title={t("people.facts")}>
      <KeyValues
        pairs={[
          { label: t("signIn.login"), value: user.login },
          { label: t("people.email"), value: user.email },
          { label: t("people.origin"), value: user.origin ?? t("people.originHere") },
          { label: t("people.since"), value: <Moment time={user.created_at} /> },
          {
            label: t("people.seen"),
            value: user.last_sign_in_at ? <Moment time={user.last_sign_in_at} /> : t("tokens.never"),
          },
        ]}
      />
    </Section>
  );
}
