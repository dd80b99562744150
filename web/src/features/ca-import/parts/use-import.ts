import { useEffect, useRef, useState } from "react";
import type { Ca, HistoryRow } from "@/api";
import { useLeaveGuard } from "@/lib/leave-guard";
import { type Gathered, type Looked, type RemoteFault, RowsRefused, useCheckImport, useTakeOver } from "../mutations";
import { EMPTY, foreignOf, keyOf, type Missing, missingOf, pastOf, type Values } from "./gather";

export interface Progress {
  passed: number;
  total: number;
}

/**
 * A look, then the import of just what was looked at. The key and its passphrase are in the form alone, in no cache of
 * requests, and are gone from it when the import has sent them. Nothing more is sent after the page was left.
 */
export function useImport() {
  const [values, setValues] = useState(EMPTY);
  const [missing, setMissing] = useState<Missing[]>([]);
  useLeaveGuard("draft", values !== EMPTY);
  const [looked, setLooked] = useState<Looked>();
  const [progress, setProgress] = useState<Progress>();
  const [refused, setRefused] = useState<readonly RemoteFault[]>([]);
  const [imported, setImported] = useState<Ca>();
  const [sent, setSent] = useState(0);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const checking = useCheckImport(setLooked);
  const importing = useTakeOver(setImported);
  const startOver = () => {
    setLooked(undefined);
    setRefused([]);
    checking.reset();
    importing.reset();
  };
  const change = (part: Partial<Values>) => {
    setValues((before) => ({ ...before, ...part }));
    startOver();
  };
  const look = () => {
    startOver();
    const gaps = missingOf(values);
    setMissing(gaps);
    if (gaps.length === 0) checking.mutate(() => gather(values));
  };
  const run = ({ foreign, history, report }: Looked) => {
    const rows: HistoryRow[] = history.rows.filter((_, at) => !report.rowFaults.has(at));
    const control = new AbortController();
    running.current = control;
    const onProgress = (passed: number) => setProgress({ passed, total: rows.length });
    onProgress(0);
    importing.mutate(
      { foreign, rows, key: () => keyOf(values), onProgress, signal: control.signal },
      {
        onError: (error) => {
          setLooked(undefined);
          if (error instanceof RowsRefused) setRefused(error.faults);
        },
        onSettled: () => {
          setValues((before) => ({ ...before, keyFile: [], passphrase: "" }));
          setSent((before) => before + 1);
          setProgress(undefined);
        },
      },
    );
  };
  const failed = checking.failure ?? importing.failure;
  const failure = importing.error instanceof RowsRefused ? null : failed;
  const isLooking = checking.isPending;
  return { values, change, missing, look, isLooking, looked, run, progress, failure, refused, imported, sent };
}

async function gather(values: Values): Promise<Gathered> {
  const [foreign, history] = await Promise.all([foreignOf(values), pastOf(values)]);
  return { foreign, history, key: await keyOf(values) };
}
