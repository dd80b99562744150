import { useTranslation } from "react-i18next";
import type { Session } from "@/api";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useMe } from "@/features/session";
import { Answered } from "@/shared/answered";
import { useRevokeOwnSession } from "../mutations";
import { useOwnSessions } from "../queries";
import { SignOutEverywhere } from "./sign-out-everywhere";

/** Where the user is signed in; any of it can be ended from here. */
export function Sessions() {
  const { t } = useTranslation();
  const sessions = useOwnSessions();
  return (
    <Section title={t("account.sessions")} actions={<SignOutEverywhere />}>
      <Answered question={sessions}>
        {(data) => (
          <Panel>
            {data.items.map((session) => (
              <Row key={session.id} session={session} />
            ))}
          </Panel>
        )}
      </Answered>
    </Section>
  );
}

function Row({ session }: { session: Session }) {
  const { t } = useTranslation();
  const isThis = useMe()?.session?.id === session.id;
  const revoke = useRevokeOwnSession(session);
  return (
    <PanelRow
      title={session.agent || t("account.noAgent")}
      detail={
        <>
          {[session.peer, session.method].filter(Boolean).join(" · ")}
          {" · "}
          {t("account.seen")} <Moment time={session.last_seen_at} />
        </>
      }
      end={
        isThis ? (
          <Badge tone="good">{t("account.thisSession")}</Badge>
        ) : (
          <Button size="sm" busy={revoke.isPending} onClick={() => revoke.mutate()}>
            {t("account.end")}
          </Button>
        )
      }
    />
  );
}
