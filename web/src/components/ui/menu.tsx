import { DropdownMenu } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

const ITEM =
  "flex cursor-default select-none items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none data-[highlighted]:bg-raised data-[disabled]:opacity-50 [&_svg]:size-4 [&_svg]:text-muted";

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}

export function Menu({ trigger, children, align = "end" }: MenuProps) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          className="animate-in z-50 max-h-[70vh] min-w-48 overflow-y-auto rounded-md border bg-surface p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

type ItemProps = ComponentProps<typeof DropdownMenu.Item> & { danger?: boolean; hint?: ReactNode };

export function MenuItem({ danger = false, hint, className, children, ...props }: ItemProps) {
  return (
    <DropdownMenu.Item className={cn(ITEM, danger && "text-danger [&_svg]:text-danger", className)} {...props}>
      {children}
      {hint && <span className="ml-auto pl-4 text-xs text-muted">{hint}</span>}
    </DropdownMenu.Item>
  );
}

type CheckProps = ComponentProps<typeof DropdownMenu.CheckboxItem>;

/** An entry that is on or off; the menu stays open. */
export function MenuCheck({ children, className, ...props }: CheckProps) {
  return (
    <DropdownMenu.CheckboxItem className={cn(ITEM, className)} onSelect={(event) => event.preventDefault()} {...props}>
      <span className="w-4 text-center">
        <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1.5 text-xs font-medium text-muted">{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-border" />;
}
