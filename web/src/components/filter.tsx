import { ChevronDown, Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Menu, MenuItem } from "./ui/menu";

const PAUSE = 250;

interface SearchFieldProps {
  value: string;
  onChange: (text: string) => void;
  label: string;
}

/** Applies the text when typing has paused. */
export function SearchField({ value, onChange, label }: SearchFieldProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="relative w-full max-w-sm min-w-56 flex-1">
      <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        className="field pl-8"
        value={text}
        maxLength={512}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
}

interface FilterChipProps {
  label: string;
  value: string | undefined;
  choices: readonly Choice[];
  onChange: (value: string | undefined) => void;
}

/** One filter: dashed while it is off, filled with a cross while it is on. */
export function FilterChip({ label, value, choices, onChange }: FilterChipProps) {
  const { t } = useTranslation();
  const chosen = choices.find((choice) => choice.value === value);
  const shown = chosen?.label ?? value;
  return (
    <span
      className={cn(
        "inline-flex items-center rounded-full border border-dashed border-border-strong text-xs font-medium text-muted",
        shown && "border-transparent bg-accent-soft text-accent",
      )}
    >
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            className={cn("inline-flex items-center gap-1 rounded-full py-1 pl-2.5", shown ? "pr-1" : "pr-2.5")}
          >
            {shown ? `${label}: ${shown}` : label}
            {!shown && <ChevronDown aria-hidden className="size-3" />}
          </button>
        }
      >
        {choices.map((choice) => (
          <MenuItem key={choice.value} onSelect={() => onChange(choice.value)}>
            {choice.label}
          </MenuItem>
        ))}
      </Menu>
      {shown && (
        <button
          type="button"
          aria-label={t("table.clearFilter", { label })}
          className="mr-1 rounded-full p-1 hover:bg-surface"
          onClick={() => onChange(undefined)}
        >
          <X aria-hidden className="size-3" />
        </button>
      )}
    </span>
  );
}

interface ChoiceChipProps<Value extends string> {
  label: string;
  value: Value | undefined;
  choices: readonly Value[];
  nameOf: (value: Value) => string;
  onChange: (value: Value | undefined) => void;
}

/** A filter by one of a few known values. */
export function ChoiceChip<Value extends string>(props: ChoiceChipProps<Value>) {
  const { label, value, choices, nameOf, onChange } = props;
  return (
    <FilterChip
      label={label}
      value={value}
      choices={choices.map((one) => ({ value: one, label: nameOf(one) }))}
      onChange={(chosen) => onChange(choices.find((one) => one === chosen))}
    />
  );
}
