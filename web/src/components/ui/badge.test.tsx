import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../../tests/show";
import { Badge, type Tone } from "./badge";

test.each<Tone>(["good", "warning", "danger", "neutral", "accent"])(
  "a %s state has a word and an icon",
  async (tone) => {
    const { container } = await show(<Badge tone={tone}>Valid</Badge>);
    expect(screen.getByText("Valid")).toBeVisible();
    expect(container.querySelector("svg")).toHaveAttribute("aria-hidden", "true");
  },
);
