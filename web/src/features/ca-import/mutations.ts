import { useQueryClient } from "@tanstack/react-query";
import {
  type BulkJob,
  type Ca,
  done,
  type HistoryRow,
  type ImportCheck,
  readWholeList,
  refreshAfter,
  rest,
  submitRows,
} from "@/api";
import { useChange } from "@/shared/change";
import type { History } from "./parts/history";

const CHECKED_AT_ONCE = 500;
const ROWS_A_JOB = 5_000;
const CHARACTERS_A_JOB = 24 * 1024 * 1024;
const AGAIN = 1_000;

export interface KeySource {
  private_key?: string;
  passphrase?: string;
  backend?: string;
  backend_key_id?: string;
}

/** A CA as it is sent: `chain` is PEM, its own certificate first. */
export interface Foreign {
  name: string;
  certificate_chain: string;
  crl?: string;
}

export interface RemoteFault {
  source: string;
  message: string;
}

/** `faults` are the CA's and its key's, `rowFaults` those of the rows, by their index. */
export interface Report {
  ca: ImportCheck["ca"];
  faults: RemoteFault[];
  rowFaults: Map<number, RemoteFault>;
  urls: string[];
}

/** What the form holds, read from its files. */
export interface Gathered {
  foreign: Foreign;
  history: History;
  key: KeySource | null;
}

export interface Looked extends Omit<Gathered, "key"> {
  report: Report;
}

interface Steps {
  foreign: Foreign;
  /** Reads the key when it is sent: neither it nor its passphrase is in a cache of requests. */
  key: () => Promise<KeySource | null>;
  rows: readonly HistoryRow[];
  /** Rows that are in. */
  onProgress: (rows: number) => void;
  signal: AbortSignal;
}

/** Rows that were checked well and refused nevertheless, because something has changed in between. */
export class RowsRefused extends Error {
  constructor(readonly faults: readonly RemoteFault[]) {
    super("rows were refused");
  }
}

/** Everything that an import would meet. Nothing is done. */
async function check(foreign: Foreign, key: KeySource | null, rows: readonly HistoryRow[]): Promise<Report> {
  const { data } = await rest.checkImport({ body: { ...foreign, key } });
  const faults = data.faults.map(({ field, message }) => ({ source: field, message }));
  const report: Report = { ca: data.ca, faults, rowFaults: new Map(), urls: [] };
  const { crl: _, ...withoutCrl } = foreign;
  const urls = new Set<string>();
  for (let start = 0; faults.length === 0 && start < rows.length; start += CHECKED_AT_ONCE) {
    const body = { ...withoutCrl, rows: rows.slice(start, start + CHECKED_AT_ONCE) };
    const told = (await rest.checkImport({ body })).data;
    for (const url of told.status_urls) urls.add(url);
    for (const { fault, number, reference } of told.rows) {
      if (fault) report.rowFaults.set(start + number - 1, { source: reference ?? "", message: fault.message });
    }
  }
  report.urls = [...urls].sort();
  return report;
}

/** Checks an import; nothing is changed. The input reads the form, so that no cache of requests has its key. */
export function useCheckImport(onDone: (looked: Looked) => void) {
  return useChange({
    send: async (gather: () => Promise<Gathered>) => {
      const { foreign, history, key } = await gather();
      return { data: { foreign, history, report: await check(foreign, key, history.rows) } };
    },
    onDone,
  });
}

/** Imports a CA that was checked. What is in is read again also if the import fails. */
export function useTakeOver(onDone: (ca: Ca) => void) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (steps: Steps) => {
      try {
        return { data: await takeOver(steps) };
      } finally {
        await refreshAfter(queryClient, "ca", "certificate", "issuer_key", "job");
      }
    },
    onDone,
  });
}

/** Adds the CA, then its history, then its key, so that it never signs with half a history. Can be repeated. */
async function takeOver({ foreign, key, rows, onProgress, signal }: Steps): Promise<Ca> {
  const ca = done((await rest.importCa({ body: foreign, signal })).data);
  let before = 0;
  for (const lines of partsOf(ca.id, rows)) {
    signal.throwIfAborted();
    const job = await submitRows("import", lines.join("\n"), "ndjson");
    await follow(job, (passed) => onProgress(before + passed), signal);
    before += lines.length;
  }
  const source = await key();
  if (source === null) return ca;
  signal.throwIfAborted();
  return done((await rest.takeOverCa({ path: { ca: ca.id }, body: source, signal })).data);
}

/** Rows as NDJSON, in portions that a job takes. */
export function partsOf(ca: string, rows: readonly HistoryRow[]): string[][] {
  const parts: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const line = JSON.stringify({ ca, ...row });
    const last = parts.at(-1);
    size += line.length + 1;
    if (last && last.length < ROWS_A_JOB && size <= CHARACTERS_A_JOB) last.push(line);
    else {
      parts.push([line]);
      size = line.length + 1;
    }
  }
  return parts;
}

async function follow(started: BulkJob, onProgress: (rows: number) => void, signal: AbortSignal): Promise<void> {
  const path = { job: started.id };
  let job = started;
  while (job.state === "queued" || job.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    job = (await rest.getBulk({ path, signal })).data;
    onProgress(job.rows.done);
  }
  if (job.state === "done" && job.rows.refused === 0) return;
  const refused = await readWholeList(
    ({ query }) => rest.listBulkRows({ path, query: { ...query, state: "refused" }, signal }),
    signal,
  );
  throw new RowsRefused(refused.map((row) => ({ source: row.reference ?? "", message: row.detail ?? "" })));
}
