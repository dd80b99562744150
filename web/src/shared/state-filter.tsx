import { useTranslation } from "react-i18next";
import { ChoiceChip } from "@/components/filter";

interface StateFilterProps<State extends string> {
  value: State | undefined;
  states: readonly State[];
  nameOf: (state: State) => string;
  onSearch: (changed: { state: State | undefined }) => void;
}

/** The filter of a list by the state of its entries. */
export function StateFilter<State extends string>({ value, states, nameOf, onSearch }: StateFilterProps<State>) {
  const { t } = useTranslation();
  return (
    <ChoiceChip
      label={t("common.state")}
      value={value}
      choices={states}
      nameOf={nameOf}
      onChange={(state) => onSearch({ state })}
    />
  );
}
