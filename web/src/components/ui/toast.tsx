import { CircleCheck, OctagonX, X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";

interface Message {
  id: number;
  tone: "good" | "danger";
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

const LASTS = 6000;
let messages: readonly Message[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

/** Say something in passing. What went wrong stays until it is closed. */
export function toast(text: string, options: Partial<Pick<Message, "tone" | "action">> = {}): void {
  last += 1;
  set([...messages.slice(-2), { id: last, tone: options.tone ?? "good", text, action: options.action }]);
}

function dismiss(id: number): void {
  set(messages.filter((message) => message.id !== id));
}

export function Toaster() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => messages,
  );
  return (
    <div aria-live="polite" className="fixed right-4 bottom-4 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2">
      {shown.map((message) => (
        <Toast key={message.id} message={message} />
      ))}
    </div>
  );
}

function Toast({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { id, tone, action } = message;
  useEffect(() => {
    if (tone === "danger") return;
    const timer = setTimeout(() => dismiss(id), LASTS);
    return () => clearTimeout(timer);
  }, [id, tone]);
  const Icon = tone === "good" ? CircleCheck : OctagonX;
  return (
    <div className="animate-in flex items-start gap-2.5 rounded-md border bg-surface p-3 text-sm shadow-float">
      <Icon aria-hidden className={tone === "good" ? "mt-0.5 size-4 text-good" : "mt-0.5 size-4 text-danger"} />
      <p className="min-w-0 flex-1 break-words">{message.text}</p>
      {action && (
        <Button
          size="sm"
          onClick={() => {
            action.run();
            dismiss(id);
          }}
        >
          {action.label}
        </Button>
      )}
      <Button variant="ghost" size="tiny" aria-label={t("common.close")} onClick={() => dismiss(id)}>
        <X aria-hidden />
      </Button>
    </div>
  );
}
