import type { TFunction } from "i18next";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field, Input, Select, Textarea, Tick } from "@/components/ui/field";
import type { FieldSchema } from "../queries";
import { type FieldPath, linesOf, numberOf, plain, shapeOf, valueAt } from "./schema";

/** What another part of the form says itself. */
const UNSHOWN: ReadonlySet<string> = new Set(["version"]);

interface FormProps {
  schema: FieldSchema;
  definition: unknown;
  /** Fields that cannot be changed any more. */
  fixed: ReadonlySet<string>;
  /** What the check says is wrong, by the field's dotted path. */
  faults: ReadonlyMap<string, string>;
  /** The text is no YAML now: there is nothing to change. */
  isDisabled: boolean;
  onChange: (path: FieldPath, value: unknown) => void;
}

/** Every field that the server's schema knows, in its order; the document behind it is that of the text. */
export function DefinitionForm(props: FormProps) {
  return (
    <fieldset disabled={props.isDisabled} className="flex min-w-0 flex-col gap-5">
      <Fields {...props} path={[]} />
    </fieldset>
  );
}

type PartProps = FormProps & { path: FieldPath };

function Fields(props: PartProps) {
  const { schema, path } = props;
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => path.length > 0 || !UNSHOWN.has(name))
    .map(([name, one]) => <Part key={name} {...props} path={[...path, name]} schema={plain(one)} />);
}

function Part(props: PartProps) {
  const { t } = useTranslation();
  const { schema, path } = props;
  if (shapeOf(schema) !== "group") return <One {...props} />;
  return (
    <fieldset className="flex min-w-0 flex-col gap-5 border-l-2 pl-4">
      <legend className="mb-3 text-sm font-semibold">{labelOf(t, path)}</legend>
      <Fields {...props} />
    </fieldset>
  );
}

function One(props: PartProps) {
  const { t } = useTranslation();
  const { schema, path, definition, faults, fixed, onChange } = props;
  const own = valueAt(definition, path);
  const value = own ?? schema.default;
  const label = labelOf(t, path);
  const error = faults.get(path.join("."));
  const disabled = fixed.has(path.join("."));
  const set = (next: unknown) => onChange(path, next);
  const shape = shapeOf(schema);
  if (shape === "flag") {
    return <Tick label={label} checked={value === true} onChange={(event) => set(event.target.checked)} />;
  }
  if (shape === "choices") return <Choices {...props} label={label} error={error} chosen={textsOf(value)} />;
  const words = schema.description && <span lang="en">{schema.description}</span>;
  return (
    <Field label={label} help={shape === "other" ? t("profiles.inYaml") : words} error={error}>
      {shape === "choice" ? (
        <Select value={String(value ?? "")} disabled={disabled} onChange={(event) => set(event.target.value)}>
          {(schema.enum ?? []).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      ) : shape === "lines" ? (
        <Lines values={textsOf(value)} onValues={set} />
      ) : shape === "other" ? (
        <output className="text-sm text-muted">{t("profiles.entries", { count: textsOf(value).length })}</output>
      ) : (
        <Input
          value={String(own ?? "")}
          placeholder={String(schema.default ?? "")}
          disabled={disabled}
          onChange={(event) => set(typed(shape, event.target.value))}
        />
      )}
    </Field>
  );
}

interface LinesProps extends Omit<ComponentProps<typeof Textarea>, "value" | "onChange"> {
  values: readonly string[];
  onValues: (values: readonly string[]) => void;
}

/** One value a line. A line that is still empty stays while it is being typed. */
function Lines({ values, onValues, ...rest }: LinesProps) {
  const [raw, setRaw] = useState("");
  const told = values.join("\n");
  return (
    <Textarea
      {...rest}
      rows={2}
      className="min-h-14 font-mono text-xs"
      value={linesOf(raw).join("\n") === told ? raw : told}
      onChange={(event) => {
        setRaw(event.target.value);
        onValues(linesOf(event.target.value));
      }}
    />
  );
}

function typed(shape: string, text: string): unknown {
  if (shape === "number") return numberOf(text);
  return text === "" ? undefined : text;
}

interface ChoicesProps extends PartProps {
  label: string;
  error: string | undefined;
  chosen: readonly string[];
}

/** Several of a few: chosen ones in the schema's order. */
function Choices({ schema, path, label, error, chosen, onChange }: ChoicesProps) {
  const all = schema.items?.enum ?? [];
  const toggle = (name: string, isOn: boolean) =>
    onChange(
      path,
      all.filter((one) => (one === name ? isOn : chosen.includes(one))),
    );
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-2">
        {all.map((one) => (
          <Tick
            key={one}
            label={<span className="font-mono text-xs">{one}</span>}
            checked={chosen.includes(one)}
            onChange={(event) => toggle(one, event.target.checked)}
          />
        ))}
      </div>
      {error && <p className="mt-1.5 text-xs text-danger">{error}</p>}
    </fieldset>
  );
}

/** The user's word for a field; the field's own name where there is none yet. */
function labelOf(t: TFunction, path: FieldPath): string {
  const name = path.join("_");
  return t(`profiles.field.${name}` as "profiles.field.name", { defaultValue: path.at(-1) ?? "" });
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
