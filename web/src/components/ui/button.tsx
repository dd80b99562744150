import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const look = cva(
  "inline-flex items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "border-accent bg-accent text-on-accent hover:border-accent-hover hover:bg-accent-hover",
        secondary: "border-border-strong bg-surface text-text hover:bg-raised",
        ghost: "border-transparent text-muted hover:bg-raised hover:text-text",
        danger: "border-danger bg-danger text-surface hover:opacity-90",
      },
      size: { sm: "h-7 px-2 text-xs", md: "h-8 px-3 text-sm", icon: "size-8 p-0", tiny: "size-6 p-0 [&_svg]:size-3.5" },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type Props = ComponentProps<"button"> & VariantProps<typeof look> & { asChild?: boolean; busy?: boolean };

/** `busy` keeps the width and stops a second click; `asChild` gives a link the look of a button. */
export function Button({ className, variant, size, asChild, busy = false, disabled, type, ...props }: Props) {
  const Root = asChild ? Slot.Root : "button";
  return (
    <Root
      className={cn(look({ variant, size }), busy && "animate-pulse", className)}
      aria-busy={busy || undefined}
      {...(!asChild && { type: type ?? "button", disabled: disabled || busy })}
      {...props}
    />
  );
}
