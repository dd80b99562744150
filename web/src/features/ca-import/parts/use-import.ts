import { useEffect, useRef, useState } from "react";
import { type ApiError, type Ca, type HistoryRow, toApiError, useRefresh } from "@/api";
import { useLeaveGuard } from "@/lib/leave-guard";
import { check, type Foreign, type RemoteFault, type Report, RowsRefused, takeOver } from "../mutations";
import { EMPTY, foreignOf, keyOf, type Missing, missingOf, pastOf, type Values } from "./gather";
import type { History } from "./history";

export interface Looked {
  foreign: Foreign;
  history: History;
  report: Report;
}

export interface Progress {
  passed: number;
  total: number;
}

/**
 * A look, then the import of just what was looked at. The key and its passphrase are in the form alone, in no cache of
 * requests, and are gone from it when the import has sent them. Nothing more is sent after the page was left.
 */
export function useImport() {
  const refresh = useRefresh("ca", "certificate", "issuer_key", "job");
  const [values, setValues] = useState(EMPTY);
  const [missing, setMissing] = useState<Missing[]>([]);
  useLeaveGuard("draft", values !== EMPTY);
  const [looked, setLooked] = useState<Looked>();
  const [isLooking, setLooking] = useState(false);
  const [progress, setProgress] = useState<Progress>();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [refused, setRefused] = useState<readonly RemoteFault[]>([]);
  const [imported, setImported] = useState<Ca>();
  const [sent, setSent] = useState(0);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const startAnew = () => {
    setLooked(undefined);
    setFailure(null);
    setRefused([]);
  };
  const change = (part: Partial<Values>) => {
    setValues((before) => ({ ...before, ...part }));
    startAnew();
  };
  const look = async () => {
    startAnew();
    const gaps = missingOf(values);
    setMissing(gaps);
    if (gaps.length > 0) return;
    setLooking(true);
    try {
      const [foreign, history] = await Promise.all([foreignOf(values), pastOf(values)]);
      setLooked({ foreign, history, report: await check(foreign, await keyOf(values), history.rows) });
    } catch (error) {
      setFailure(toApiError(error));
    } finally {
      setLooking(false);
    }
  };
  const run = async ({ foreign, history, report }: Looked) => {
    const rows: HistoryRow[] = history.rows.filter((_, at) => !report.rowFaults.has(at));
    const control = new AbortController();
    running.current = control;
    const told = (passed: number) => setProgress({ passed, total: rows.length });
    told(0);
    try {
      const key = await keyOf(values);
      setImported(await takeOver(foreign, { key, rows, onProgress: told, signal: control.signal }));
    } catch (error) {
      startAnew();
      if (error instanceof RowsRefused) setRefused(error.faults);
      else setFailure(toApiError(error));
    } finally {
      setValues((before) => ({ ...before, keyFile: [], passphrase: "" }));
      setSent((before) => before + 1);
      setProgress(undefined);
      await refresh();
    }
  };
  return { values, change, missing, look, isLooking, looked, run, progress, failure, refused, imported, sent };
}
