import { cn } from "@/lib/cn";

/** A name in a table: a long one is cut, and shown whole on hover. */
export function Shortened({ text, className }: { text: string; className?: string }) {
  return (
    <span title={text} className={cn("block max-w-40 truncate", className)}>
      {text}
    </span>
  );
}
