import { useNavigate } from "@tanstack/react-router";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { type Found, usePaletteItems } from "./palette-items";

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Ctrl-K: everything that can be found or done, by typing. */
export function Palette({ open, onOpenChange }: PaletteProps) {
  const { t } = useTranslation();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          className="animate-in fixed inset-x-3 top-[12vh] z-50 mx-auto max-w-xl overflow-hidden rounded-lg border bg-surface shadow-float"
        >
          <Dialog.Title className="sr-only">{t("palette.title")}</Dialog.Title>
          <PaletteBody onDone={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteBody({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const items = usePaletteItems(text);
  const chosen = items[Math.min(at, items.length - 1)];
  const open = (item: Found | undefined) => {
    if (!item) return;
    onDone();
    if (item.link) void navigate(item.link);
    item.run?.();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && items.length > 0) setAt((now) => (now + step + items.length) % items.length);
    if (event.key === "Enter") open(chosen);
    if (step !== undefined || event.key === "Enter") event.preventDefault();
  };
  return (
    <>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-items"
        aria-activedescendant={chosen && `palette-${chosen.id}`}
        aria-label={t("palette.title")}
        placeholder={t("palette.placeholder")}
        className="w-full border-b bg-transparent px-4 py-3.5 text-base outline-none"
        value={text}
        maxLength={512}
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div
        id="palette-items"
        role="listbox"
        aria-label={t("palette.title")}
        className="max-h-[50vh] overflow-y-auto p-1.5"
      >
        {items.map((item) => (
          <Entry key={item.id} item={item} isChosen={item === chosen} onOpen={() => open(item)} />
        ))}
      </div>
      {items.length === 0 && <p className="px-4 pb-4 text-sm text-muted">{t("palette.empty")}</p>}
      <p className="border-t px-4 py-2 text-xs text-muted">{t("palette.hint")}</p>
    </>
  );
}

function Entry({ item, isChosen, onOpen }: { item: Found; isChosen: boolean; onOpen: () => void }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox has
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field above
    <div
      id={`palette-${item.id}`}
      role="option"
      aria-selected={isChosen}
      ref={(element) => {
        if (isChosen) element?.scrollIntoView({ block: "nearest" });
      }}
      onClick={onOpen}
      className={cn("flex cursor-pointer items-center gap-3 rounded-sm px-2.5 py-2 text-sm", isChosen && "bg-raised")}
    >
      <span className="min-w-0 flex-1">
        <span className="block truncate">{item.label}</span>
        {item.reason && <span className="block truncate text-xs text-muted">{item.reason}</span>}
      </span>
      <span className="max-w-[45%] truncate text-xs text-muted">{item.detail}</span>
    </div>
  );
}
