import type { TFunction } from "i18next";
import type { Ca, Certificate } from "@/api";
import { toCsv } from "@/lib/csv";
import { download } from "@/lib/download";

/** The rows as a spreadsheet reads them. */
export function saveAsCsv(t: TFunction, rows: readonly Certificate[], cas: ReadonlyMap<string, Ca>): void {
  const header = [
    "subject",
    "sans",
    "state",
    "ca",
    "profile",
    "not_before",
    "not_after",
    "serial_number",
    "fingerprint_sha256",
  ];
  const cells = rows.map((row) => [
    row.subject,
    row.sans.join(" "),
    row.state,
    cas.get(row.ca)?.name ?? row.ca,
    row.profile,
    row.not_before,
    row.not_after,
    row.serial_number,
    row.fingerprint_sha256,
  ]);
  download(toCsv(header, cells), `${t("certificates.title").toLowerCase()}.csv`, "text/csv");
}
