import type { ChangeList } from "./generated";
import { suspectAway } from "./reach";
import { currentEra, currentProof, tellSessionEnded } from "./session";

const URL = "/api/v1/events";
const AFTER_END = 1_000;
const AFTER_FAULT = 15_000;

/**
 * Tells what changes, from now on until `signal` aborts. A stream that ends is taken up where it was; one that cannot be
 * opened is tried again after a while. Without EventSource, which sends no bearer token.
 */
export async function followChanges(tell: (changes: ChangeList) => void, signal: AbortSignal): Promise<void> {
  let position: string | undefined;
  const hear = (changes: ChangeList) => {
    position = changes.position;
    if (changes.items.length > 0 || changes.missed) tell(changes);
  };
  while (!signal.aborted) {
    const era = currentEra();
    const status = await listen(position, hear, signal).catch(() => 0);
    if (signal.aborted) return;
    if (status === 401) return tellSessionEnded(era);
    if (status === 422) position = undefined;
    if (status === 0) void suspectAway();
    await pause(status === 200 ? AFTER_END : AFTER_FAULT, signal);
  }
}

/** One stream to its end; the status that it was answered with. */
async function listen(
  position: string | undefined,
  hear: (changes: ChangeList) => void,
  signal: AbortSignal,
): Promise<number> {
  const { bearer } = currentProof();
  const answer = await fetch(URL, {
    headers: {
      Accept: "text/event-stream",
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
      ...(position !== undefined && { "Last-Event-ID": position }),
    },
    credentials: "same-origin",
    signal,
  });
  if (!answer.ok || answer.body === null) return answer.status;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return answer.status;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const changes = changesOf(block);
      if (changes) hear(changes);
    }
  }
}

/** Parses a block of the event stream; nothing for a comment, which only keeps the connection alive. */
export function changesOf(block: string): ChangeList | undefined {
  const data = block.split("\n").find((line) => line.startsWith("data: "));
  return data === undefined ? undefined : JSON.parse(data.slice("data: ".length));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
