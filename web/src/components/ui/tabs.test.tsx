import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { show } from "../../../tests/show";
import { Tabs } from "./tabs";

function Tabbed() {
  const [tab, setTab] = useState<"overview" | "keys">("overview");
  const tabs = [
    { value: "overview", label: "Overview", content: "All of it" },
    { value: "keys", label: "Keys", content: "Key 1" },
  ] as const;
  return <Tabs value={tab} onChange={setTab} label="Parts" tabs={tabs} />;
}

test("one part is shown at a time, and the arrows go to the next", async () => {
  await show(<Tabbed />);
  expect(screen.getByRole("tabpanel", { name: "Overview" })).toHaveTextContent("All of it");
  await userEvent.tab();
  await userEvent.keyboard("{ArrowRight}");
  expect(screen.getByRole("tab", { name: "Keys" })).toHaveAttribute("aria-selected", "true");
  expect(screen.getByRole("tabpanel", { name: "Keys" })).toHaveTextContent("Key 1");
  expect(screen.queryByText("All of it")).toBeNull();
});
