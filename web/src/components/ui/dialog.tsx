import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "./button";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}

/** A modal question. It gives the focus back to where it came from. */
export function Dialog({ open, onOpenChange, title, description, children, wide = false }: DialogProps) {
  const { t } = useTranslation();
  const opener = useRef<HTMLElement | null>(null);
  const isOnTop = useIsOnTop(open);
  useLayoutEffect(() => {
    if (open) opener.current = whoAsks();
  }, [open]);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={cn("fixed inset-0 z-40 bg-scrim", !isOnTop && "hidden")} />
        <Radix.Content
          className={cn(
            "animate-in fixed inset-x-3 top-[8vh] z-50 mx-auto max-h-[84vh] max-w-lg overflow-y-auto rounded-lg border bg-surface p-5 shadow-float",
            wide && "max-w-2xl",
            !isOnTop && "hidden",
          )}
          {...(description === undefined && { "aria-describedby": undefined })}
          onOpenAutoFocus={focusFirstField}
          onCloseAutoFocus={(event) => {
            event.preventDefault(); // Radix knows only a trigger of its own
            opener.current?.focus();
          }}
        >
          <div className="mb-4 flex items-start gap-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg break-words">{title}</Radix.Title>
              {description && <Radix.Description className="mt-1 text-sm text-muted">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button variant="ghost" size="tiny" aria-label={t("common.close")}>
                <X aria-hidden />
              </Button>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

let stack: readonly symbol[] = [];
const watchers = new Set<() => void>();

function setStack(next: readonly symbol[]): void {
  stack = next;
  for (const watcher of watchers) watcher();
}

function watchStack(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** One dialog is seen at a time: a question that another one leads to takes its place until it is answered. */
function useIsOnTop(open: boolean): boolean {
  const [id] = useState(() => Symbol("dialog"));
  useLayoutEffect(() => {
    if (!open) return;
    setStack([...stack, id]);
    return () => setStack(stack.filter((one) => one !== id));
  }, [open, id]);
  return useSyncExternalStore(watchStack, () => !stack.includes(id) || stack.at(-1) === id);
}

/** The first field of a form has the focus, not the button that closes the dialog. */
function focusFirstField(event: Event): void {
  const content = event.currentTarget as HTMLElement;
  const field = content.querySelector<HTMLElement>("input:enabled, select:enabled, textarea:enabled");
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

/** What has the focus; of an entry in a menu, which is about to go, the button of that menu. */
function whoAsks(): HTMLElement | null {
  const focused = document.activeElement;
  const button = focused?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  const asks = button ? document.getElementById(button) : focused;
  return asks instanceof HTMLElement ? asks : null;
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
