import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Timeline } from "./timeline";

test("what happened is told in the order given, each with its exact time", async () => {
  const events = [
    { id: "2", title: "Revoked", detail: "by ann", time: "2026-11-24T13:05:00Z" },
    { id: "1", title: "Issued", time: "2026-11-23T13:05:00Z" },
  ];
  await show(<Timeline events={events} label="History" />);
  const items = within(screen.getByRole("list", { name: "History" })).getAllByRole("listitem");
  expect(items.map((item) => item.querySelector("time")?.dateTime)).toEqual(events.map((event) => event.time));
  expect(items[0]).toHaveTextContent(/^Revoked24 Nov 2026, \d\d:\d\d · by ann$/);
  expect(items[1]).not.toHaveTextContent("·");
});
