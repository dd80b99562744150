import { type LucideIcon, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable, type Paging } from "@/components/data-table";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Answered, type Question } from "./answered";

/** A list as `usePages` and `useItems` return it. */
export interface List<Row> {
  question: Question<unknown>;
  rows: readonly Row[];
  /** Missing if the list is there as a whole. */
  paging?: Paging | undefined;
}

interface Empty {
  icon: LucideIcon;
  title: string;
  text: string;
  action?: ReactNode;
}

interface Filters {
  controls: ReactNode;
  isOn: boolean;
  /** Where it is not "No results" that says it best. */
  noMatchText?: string;
  onClear: () => void;
}

interface ListProps<Row extends object> {
  list: List<Row>;
  /** Missing for a list that always has an entry. */
  empty?: Empty;
  filters?: Filters;
  /** How many rows are drawn while the list is read. */
  expected?: number;
  /** Draws the entries, below the filters. */
  children: (rows: readonly Row[], toolbar: ReactNode) => ReactNode;
}

/** The entries of a list, or its state: being read, failed, empty, or without a match for the filters. */
export function ListRegion<Row extends object>({ list, empty, filters, expected = 6, children }: ListProps<Row>) {
  const { t } = useTranslation();
  const { question, rows } = list;
  return (
    <Answered question={question} sketch={<SkeletonRows rows={expected} />}>
      {() => {
        if (rows.length > 0 || (!empty && !filters?.isOn)) return children(rows, filters?.controls);
        if (!filters?.isOn) return empty && <Nothing {...empty} />;
        return (
          <>
            {children(rows, filters.controls)}
            <EmptyState
              icon={empty?.icon ?? SearchX}
              title={t("table.noResults")}
              action={<Button onClick={filters.onClear}>{t("table.clearFilters")}</Button>}
            >
              {filters.noMatchText ?? t("table.noResultsText")}
            </EmptyState>
          </>
        );
      }}
    </Answered>
  );
}

function Nothing({ icon, title, text, action }: Empty) {
  return (
    <EmptyState icon={icon} title={title} action={action}>
      {text}
    </EmptyState>
  );
}

interface Table<Row> {
  /** The name that the choice of columns is stored under. */
  name: string;
  columns: readonly Column<Row>[];
  rowId: (row: Row) => string;
  /** What can be done to selected rows. */
  bulk?: (selected: readonly Row[]) => ReactNode;
}

interface ListTableProps<Row extends object> extends Omit<ListProps<Row>, "children"> {
  label: string;
  table: Table<Row>;
}

/** The entries of a list as a table. */
export function ListTable<Row extends object>({ label, table, ...region }: ListTableProps<Row>) {
  return (
    <ListRegion {...region}>
      {(rows, toolbar) => (
        <DataTable {...table} label={label} rows={rows} paging={region.list.paging} toolbar={toolbar} />
      )}
    </ListRegion>
  );
}

interface ListPageProps<Row extends object> extends Omit<ListTableProps<Row>, "label"> {
  title: string;
  purpose: string;
  actions?: ReactNode;
  /** Dialogs. */
  children?: ReactNode;
}

/** The page of a list: heading, filters, table, paging, and what is shown where there is nothing. */
export function ListPage<Row extends object>({ title, purpose, actions, children, ...list }: ListPageProps<Row>) {
  return (
    <Page title={title} purpose={purpose} actions={actions}>
      <ListTable {...list} label={title} />
      {children}
    </Page>
  );
}
