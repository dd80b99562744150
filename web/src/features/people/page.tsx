import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/features/session";
import { ListPage } from "@/shared/list-page";
import { userColumns } from "./columns";
import { CreateUser } from "./parts/create";
import { LinkDialog } from "./parts/link-dialog";
import { useUsers } from "./queries";

/** Who may sign in. */
export function PeoplePage() {
  const { t } = useTranslation();
  const mayManage = useMay("user:manage");
  const [link, setLink] = useState<string>();
  const columns = useMemo(() => userColumns(t, mayManage, setLink), [t, mayManage]);
  return (
    <ListPage
      title={t("people.title")}
      purpose={t("people.purpose")}
      actions={mayManage && <CreateUser onLink={setLink} />}
      list={useUsers()}
      table={{ name: "people", columns, rowId: (row) => row.id }}
    >
      <LinkDialog link={link} onClose={() => setLink(undefined)} />
    </ListPage>
  );
}
