import {
  columnVisibilityFeature,
  createColumnHelper,
  FlexRender,
  type RowSelectionState,
  rowSelectionFeature,
  type Row as TableRow,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { Columns3 } from "lucide-react";
import { type MouseEvent, memo, type ReactNode, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { useColumnChoice } from "@/lib/column-choice";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/field";
import { Menu, MenuCheck, MenuLabel } from "../ui/menu";
import { EndOfList, type Paging } from "./end-of-list";
import { useRowKeys } from "./row-keys";
import { ScrollArea } from "./scroll-area";

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  align?: "right";
  /** One of the facts that stay when a row becomes a card on a phone. */
  phone?: boolean;
  /** Holds buttons: its head is for screen readers, and it is always there. */
  isActs?: boolean;
  /** Not shown unless chosen. */
  hidden?: boolean;
}

interface DataTableProps<Row> {
  /** What the column choice is kept under. */
  name: string;
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  paging?: Paging | undefined;
  /** What stands left of the column choice: search, filters. */
  toolbar?: ReactNode;
  /** What can be done to the selected rows; rows can be selected when it is there. */
  bulk?: (selected: readonly Row[], clear: () => void) => ReactNode;
}

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
type Features = typeof features;

const ROW_HEIGHT = 41;
/** Rows beyond what is in sight that are drawn too. A list that is there as a whole is drawn whole: the browser's own search finds all. */
const OVERSCAN = 8;

/** THE table: chosen columns, selection, the keyboard (j, k, Enter, x), only the visible rows in the page. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { name, label, columns, rows, rowId, paging, toolbar, bulk } = props;
  const [selection, setSelection] = useState<RowSelectionState>({});
  const [visibility, setVisible] = useColumnChoice(
    name,
    Object.fromEntries(columns.map((column) => [column.id, !column.hidden])),
  );
  const definitions = useMemo(() => {
    const helper = createColumnHelper<Features, Row>();
    return columns.map((column) =>
      helper.display({ id: column.id, header: column.header, cell: (context) => column.cell(context.row.original) }),
    );
  }, [columns]);
  const table = useTable<Features, Row>({
    features,
    columns: definitions,
    data: rows as Row[],
    getRowId: rowId,
    enableSubRowSelection: false,
    state: { columnVisibility: visibility, rowSelection: selection },
    onRowSelectionChange: setSelection,
  });
  const visible = table.getVisibleLeafColumns().map((column) => column.id);
  const selected = table.getSelectedRowModel().rows.map((row) => row.original);
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        {toolbar}
        <div className="ml-auto">
          <ColumnMenu columns={columns} visibility={visibility} onChange={setVisible} />
        </div>
      </div>
      <Body
        label={label}
        columns={columns}
        visible={visible.join(" ")}
        rows={table.getRowModel().rows}
        isWhole={paging === undefined}
        isAll={table.getIsAllRowsSelected()}
        onAll={bulk && (() => table.toggleAllRowsSelected())}
      />
      <EndOfList paging={paging} count={rows.length} />
      {bulk && selected.length > 0 && (
        <BulkBar count={selected.length} onClear={() => setSelection({})}>
          {bulk(selected, () => setSelection({}))}
        </BulkBar>
      )}
    </div>
  );
}

interface BodyProps<Row extends object> {
  label: string;
  columns: readonly Column<Row>[];
  /** The ids of the columns that are shown, with spaces between them. */
  visible: string;
  rows: readonly TableRow<Features, Row>[];
  isWhole: boolean;
  isAll: boolean;
  onAll: (() => void) | undefined;
}

function Body<Row extends object>({ label, columns, visible, rows, isWhole, isAll, onAll }: BodyProps<Row>) {
  const { t } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const wrapper = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const ids = visible.split(" ");
    return columns.filter((column) => ids.includes(column.id));
  }, [columns, visible]);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: isWhole ? rows.length : OVERSCAN,
    scrollMargin: wrapper.current?.offsetTop ?? 0,
    getItemKey: (index) => rows[index]?.id ?? index,
    initialRect: { width: 1280, height: 900 },
  });
  useRowKeys(body);
  const items = virtualizer.getVirtualItems();
  const before = (items[0]?.start ?? 0) - virtualizer.options.scrollMargin;
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? 0) - virtualizer.options.scrollMargin);
  return (
    <ScrollArea label={label} area={wrapper}>
      <table className="w-full border-separate border-spacing-0 max-sm:block" aria-label={label}>
        <thead className="sticky top-0 z-10 max-xl:static max-sm:hidden">
          <tr>
            {onAll && (
              <th scope="col" className={cn(HEAD, "w-10 rounded-tl-lg")}>
                <Checkbox aria-label={t("table.selectAll")} checked={isAll} onChange={onAll} />
              </th>
            )}
            {shown.map((column) => (
              <th key={column.id} scope="col" className={cn(HEAD, column.align === "right" && "text-right")}>
                {column.isActs ? <span className="sr-only">{column.header}</span> : column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} className="max-sm:block">
          {before > 0 && <Space height={before} />}
          {items.map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <BodyRow
                  key={row.id}
                  row={row}
                  columns={shown}
                  isSelected={row.getIsSelected()}
                  isSelectable={!!onAll}
                />
              )
            );
          })}
          {after > 0 && <Space height={after} />}
        </tbody>
      </table>
    </ScrollArea>
  );
}

const HEAD =
  "border-b bg-background px-3 py-2 text-left text-xs font-medium whitespace-nowrap text-muted first:rounded-tl-lg last:rounded-tr-lg";
const CELL = "h-(--row-height) border-b px-3 py-(--row-padding) group-last:border-b-0";

interface BodyRowProps<Row extends object> {
  row: TableRow<Features, Row>;
  columns: readonly Column<Row>[];
  isSelected: boolean;
  isSelectable: boolean;
}

/** The table's own row is another one as soon as any row is; what it is a row of stays the same. */
function looksAlike<Row extends object>(one: BodyRowProps<Row>, other: BodyRowProps<Row>): boolean {
  const isAsChosen = one.isSelected === other.isSelected && one.isSelectable === other.isSelectable;
  return one.row.original === other.row.original && one.columns === other.columns && isAsChosen;
}

/** Scrolling renders the table at every frame: a row is rendered only if it has changed. */
const BodyRow = memo(function BodyRow<Row extends object>(props: BodyRowProps<Row>) {
  const { row, columns, isSelected, isSelectable } = props;
  const { t } = useTranslation();
  return (
    <tr
      data-row
      onClick={openFirstLink}
      aria-selected={isSelectable ? isSelected : undefined}
      className={cn(
        "group cursor-pointer hover:bg-raised/60 max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:border-b max-sm:px-3.5 max-sm:py-2.5 max-sm:last:border-b-0",
        isSelected && "bg-accent-soft hover:bg-accent-soft",
      )}
    >
      {isSelectable && (
        <td className={cn(CELL, PHONE)}>
          <Checkbox
            data-row-select
            aria-label={t("table.selectRow")}
            checked={isSelected}
            onChange={() => {}}
            onClick={row.getToggleSelectedHandler()}
          />
        </td>
      )}
      {row.getVisibleCells().map((cell) => {
        const column = columns.find((one) => one.id === cell.column.id);
        const isRight = column?.align === "right";
        return (
          <td
            key={cell.id}
            data-label={column?.header}
            className={cn(
              CELL,
              column?.phone || column?.isActs ? PHONE : "max-sm:hidden",
              column === columns[0] && (isSelectable ? "max-sm:basis-3/4" : "max-sm:basis-full"),
              isRight && "tabular text-right",
              isRight && !column.isActs && LABELLED,
              column?.isActs && "max-sm:ml-auto",
            )}
          >
            <FlexRender cell={cell} />
          </td>
        );
      })}
    </tr>
  );
}, looksAlike) as <Row extends object>(props: BodyRowProps<Row>) => ReactNode;

const PHONE = "max-sm:block max-sm:h-auto max-sm:min-w-0 max-sm:border-0 max-sm:p-0 max-sm:[overflow-wrap:anywhere]";

/** In a card, "in 3 months" beside the state would read as a part of it. */
const LABELLED = "max-sm:text-sm max-sm:before:mr-1 max-sm:before:text-muted max-sm:before:content-[attr(data-label)]";

function openFirstLink(event: MouseEvent<HTMLTableRowElement>): void {
  const isOwn = event.target instanceof Element && event.target.closest("a, button, input, label") !== null;
  if (!isOwn && window.getSelection()?.toString() === "") event.currentTarget.querySelector("a")?.click();
}

function Space({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height }} />
    </tr>
  );
}

interface ColumnMenuProps<Row> {
  columns: readonly Column<Row>[];
  visibility: Record<string, boolean>;
  onChange: (column: string, visible: boolean) => void;
}

function ColumnMenu<Row>({ columns, visibility, onChange }: ColumnMenuProps<Row>) {
  const { t } = useTranslation();
  return (
    <Menu
      trigger={
        <Button variant="ghost" className="max-sm:hidden">
          <Columns3 aria-hidden />
          {t("table.columns")}
        </Button>
      }
    >
      <MenuLabel>{t("table.columns")}</MenuLabel>
      {columns
        .slice(1)
        .filter((column) => !column.isActs)
        .map((column) => (
          <MenuCheck
            key={column.id}
            checked={visibility[column.id] !== false}
            onCheckedChange={(checked) => onChange(column.id, checked)}
          >
            {column.header}
          </MenuCheck>
        ))}
    </Menu>
  );
}

function BulkBar({ count, onClear, children }: { count: number; onClear: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section
      aria-label={t("table.selection")}
      className="animate-in fixed inset-x-3 bottom-4 z-30 mx-auto flex w-fit max-w-full flex-wrap items-center gap-2 rounded-lg border bg-surface py-2 pr-2 pl-4 shadow-float"
    >
      <span className="mr-2 text-sm font-medium tabular">{t("table.selected", { count })}</span>
      {children}
      <Button variant="ghost" onClick={onClear}>
        {t("table.clear")}
      </Button>
    </section>
  );
}
