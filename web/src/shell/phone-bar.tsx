import { Menu, Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Sidebar } from "./sidebar";

/** On narrow screens: the name, search, and the navigation behind a button. */
export function PhoneBar({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-20 flex items-center gap-1 border-b bg-background px-2 py-1.5 lg:hidden">
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger asChild>
          <Button variant="ghost" size="icon" aria-label={t("nav.open")}>
            <Menu aria-hidden />
          </Button>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-scrim" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 w-64 max-w-[85vw] border-r bg-background"
          >
            <Dialog.Title className="sr-only">{t("nav.main")}</Dialog.Title>
            <Sidebar
              onSearch={() => {
                setOpen(false);
                onSearch();
              }}
              onNavigate={() => setOpen(false)}
            />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <span className="flex-1 text-sm font-semibold">PKI Manager</span>
      <Button variant="ghost" size="icon" aria-label={t("nav.search")} onClick={onSearch}>
        <Search aria-hidden />
      </Button>
    </header>
  );
}
