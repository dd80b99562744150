import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../../../tests/show";
import type { useCheck } from "../queries";
import { Remarks } from "./remarks";

type Check = ReturnType<typeof useCheck>;

const check = (changes: Partial<Check>) =>
  ({ isError: false, isCurrent: true, data: { sound: true, remarks: [] }, ...changes }) as unknown as Check;

test("a text that is not YAML is never sound, whatever the last check said", async () => {
  await show(<Remarks check={check({ isCurrent: false })} isYaml={false} />);
  expect(screen.getByText("Not valid YAML")).toBeVisible();
  expect(screen.queryByText("No errors")).toBeNull();
});

test("a check of an older text is no verdict on this one", async () => {
  await show(<Remarks check={check({ isCurrent: false })} isYaml />);
  expect(screen.getByText("Checking")).toBeVisible();
  expect(screen.queryByText("No errors")).toBeNull();
});

test("a check of this text is its verdict", async () => {
  await show(<Remarks check={check({})} isYaml />);
  expect(screen.getByText("No errors")).toBeVisible();
});
