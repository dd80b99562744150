import { Bookmark, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { LONGEST_NAME, type SavedView, useSavedViews } from "@/lib/saved-views";
import { Button } from "./ui/button";
import { Dialog, DialogActions } from "./ui/dialog";
import { Field, Input } from "./ui/field";

interface SavedViewsProps {
  /** The table's name, as its column choice is kept under. */
  table: string;
  search: SavedView["search"];
  onOpen: (search: SavedView["search"]) => void;
}

/** Filters and columns of a table under names: to go back to, to keep, and to forget. */
export function SavedViews({ table, search, onOpen }: SavedViewsProps) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const { views, save, forget, showColumns } = useSavedViews(table);
  const open = (view: SavedView) => {
    setIsOpen(false);
    showColumns(view);
    onOpen(view.search);
  };
  return (
    <>
      <Button variant="ghost" onClick={() => setIsOpen(true)}>
        <Bookmark aria-hidden />
        {t("views.button")}
      </Button>
      <Dialog open={isOpen} onOpenChange={setIsOpen} title={t("views.title")} description={t("views.about")}>
        {views.length === 0 && <p className="mb-4 text-sm text-muted">{t("views.none")}</p>}
        <ul className="mb-4 flex flex-col">
          {views.map((view) => (
            <li key={view.name} className="flex items-center gap-2 border-b last:border-b-0">
              <button
                type="button"
                className="min-w-0 flex-1 rounded-sm py-2 text-left text-sm font-medium break-words hover:underline"
                onClick={() => open(view)}
              >
                {view.name}
              </button>
              <Button
                variant="ghost"
                size="tiny"
                aria-label={t("views.forget", { name: view.name })}
                onClick={() => forget(view.name)}
              >
                <Trash2 aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
        <NewView
          onSave={(name) => {
            save(name, search);
            setIsOpen(false);
          }}
        />
      </Dialog>
    </>
  );
}

function NewView({ onSave }: { onSave: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") setIsMissing(true);
    else onSave(name.trim());
  };
  return (
    <form onSubmit={submit} noValidate>
      <Field
        label={t("views.name")}
        help={t("views.nameHelp")}
        error={isMissing && name.trim() === "" ? t("views.nameMissing") : undefined}
      >
        <Input value={name} maxLength={LONGEST_NAME} onChange={(event) => setName(event.target.value)} />
      </Field>
      <DialogActions>
        <Button type="submit" variant="primary">
          {t("views.save")}
        </Button>
      </DialogActions>
    </form>
  );
}
