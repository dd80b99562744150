import { ListChecks } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { jobs } from "@/lib/locales/en/pages/jobs";
import { filtering, type SearchProps } from "@/lib/search";
import { ListPage } from "@/shared/list-page";
import { StateFilter } from "@/shared/state-filter";
import { jobColumns } from "./columns";
import { useJobs } from "./queries";
import { JOB_STATES, type JobSearch } from "./search";

addPageTexts({ jobs });

export function JobsPage({ search, onSearch }: SearchProps<JobSearch>) {
  const { t } = useTranslation();
  const mayControl = useMay("job:control");
  const columns = useMemo(() => jobColumns(t, mayControl), [t, mayControl]);
  return (
    <ListPage
      title={t("jobs.title")}
      purpose={t("jobs.purpose")}
      list={useJobs(search)}
      table={{ name: "jobs", columns, rowId: (row) => row.id }}
      empty={{ icon: ListChecks, title: t("jobs.emptyTitle"), text: t("jobs.emptyText") }}
      filters={{
        ...filtering({ search, onSearch }),
        controls: (
          <StateFilter
            value={search.state}
            states={JOB_STATES}
            nameOf={(state) => t(`jobs.state.${state}`)}
            onSearch={onSearch}
          />
        ),
      }}
    />
  );
}
