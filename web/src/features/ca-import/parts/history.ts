import type { HistoryRow } from "@/api";
import { certificatesOf, serialOf } from "./certificates";
import { type IndexLine, type LineRule, readIndex } from "./index-txt";

/** A fault that is found before anything is sent; `source` is the file and, of an index, the line. */
export interface LocalFault {
  source: string;
  rule: LineRule | "missing" | "repeated" | "unreadable";
}

/** `gone` counts those that have expired and that no file has: nothing is to be kept of them. */
export interface History {
  rows: HistoryRow[];
  faults: LocalFault[];
  gone: number;
}

export interface Source {
  name: string;
  content: Uint8Array;
}

interface Found {
  source: string;
  certificate: string;
}

/** What the index and the certificates say, as rows that can be imported; `profile` is what they are renewed by. */
export function historyOf(index: Source | undefined, files: readonly Source[], profile: string): History {
  const history: History = { rows: [], faults: [], gone: 0 };
  const found = bySerial(files, history);
  const used = index ? readLines(index, found, history) : new Set<string>();
  for (const [serial, { source, certificate }] of found) {
    if (!used.has(serial)) history.rows.push({ certificate, serial_number: serial, reference: source });
  }
  if (profile !== "") history.rows = history.rows.map((row) => (row.certificate ? { ...row, profile } : row));
  return history;
}

/** The same certificate in two files is one. */
function bySerial(files: readonly Source[], history: History): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const { name, content } of files) {
    certificatesOf(content).forEach((certificate, at) => {
      const source = at === 0 ? name : `${name}, ${at + 1}`;
      const serial = serialOf(certificate);
      const before = serial === undefined ? undefined : found.get(serial);
      if (serial === undefined) history.faults.push({ source, rule: "unreadable" });
      else if (before === undefined) found.set(serial, { source, certificate });
      else if (before.certificate !== certificate) history.faults.push({ source, rule: "repeated" });
    });
  }
  return found;
}

/** Adds the rows of the index, and returns its serial numbers. */
function readLines(index: Source, found: ReadonlyMap<string, Found>, history: History): Set<string> {
  const used = new Set<string>();
  for (const line of readIndex(new TextDecoder().decode(index.content))) {
    const source = `${index.name}:${line.number}`;
    if ("rule" in line) history.faults.push({ source, rule: line.rule });
    else if (used.has(line.serial)) history.faults.push({ source, rule: "repeated" });
    else {
      used.add(line.serial);
      addRow(line, source, found.get(line.serial), history);
    }
  }
  return used;
}

function addRow(line: IndexLine, source: string, file: Found | undefined, history: History): void {
  if (!file && line.state === "V") history.faults.push({ source, rule: "missing" });
  else if (!file && line.state === "E") history.gone += 1;
  else {
    history.rows.push({
      serial_number: line.serial,
      reference: source,
      ...(file ? { certificate: file.certificate } : { expires_at: line.expiresAt }),
      ...(line.revokedAt && line.reason && { revoked_at: line.revokedAt, reason: line.reason }),
      ...(line.invalidityDate && { invalidity_date: line.invalidityDate }),
    });
  }
}
