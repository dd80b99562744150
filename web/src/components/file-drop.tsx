import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "./ui/button";
import { Textarea } from "./ui/field";

const LARGEST = 1024 * 1024;

interface FileDropProps {
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
  id?: string;
  rows?: number;
  /** In octets. */
  largest?: number;
  /** Whether the file must be UTF-8 text. */
  isText?: boolean;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

/** A text field that also takes a file, chosen or dropped. Binary files become base64. */
export function FileDrop({ value, onChange, rows = 8, largest = LARGEST, isText = false, ...rest }: FileDropProps) {
  const { t } = useTranslation();
  const [isOver, setIsOver] = useState(false);
  const [fault, setFault] = useState<string>();
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > largest) return setFault(t("common.fileTooLarge", { megabytes: largest / LARGEST }));
    setFault(undefined);
    onChange(isText ? await file.text() : textOf(new Uint8Array(await file.arrayBuffer())));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <Textarea
        {...rest}
        rows={rows}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={cn("font-mono text-xs", isOver && "border-accent bg-accent-soft")}
      />
      <div className="mt-1.5 flex items-center gap-2 text-xs text-muted">
        <Button asChild size="sm">
          <label className="has-focus-visible:outline-2 has-focus-visible:outline-accent">
            {t("common.chooseFile")}
            <input type="file" className="sr-only" onChange={(event) => void take(event.target.files?.[0])} />
          </label>
        </Button>
        {fault ? <span className="text-danger">{fault}</span> : t("common.orDrop")}
      </div>
    </div>
  );
}

/** The text of a text file, base64 of any other. */
export function textOf(bytes: Uint8Array): string {
  const isText = bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127));
  if (isText) return new TextDecoder().decode(bytes);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
