import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { DetailFrame } from "./detail-frame";

const crumbs = [{ label: "Certificate authorities", to: "/cas" }] as const;
const shown = (name: string) => <p>{`It is ${name}`}</p>;

test("while it is fetched, its place is kept", async () => {
  const { container } = await show(
    <DetailFrame data={undefined} error={null} retry={() => {}} unnamed="Authority" crumbs={crumbs}>
      {shown}
    </DetailFrame>,
  );
  expect(container.querySelector("[aria-busy=true]")).not.toBeNull();
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Loading");
});

test("what went wrong is told in its place, and can be tried again", async () => {
  const retry = vi.fn();
  const error = { title: "Not found", message: "There is no such authority.", code: "x" };
  await show(
    <DetailFrame data="kept" error={error} retry={retry} unnamed="Authority" crumbs={crumbs}>
      {shown}
    </DetailFrame>,
  );
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Authority");
  expect(screen.getByRole("alert")).toHaveTextContent("There is no such authority.");
  expect(screen.queryByText("It is kept")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

test("what is there is shown", async () => {
  await show(
    <DetailFrame data="Root CA" error={null} retry={() => {}} unnamed="Authority" crumbs={crumbs}>
      {shown}
    </DetailFrame>,
  );
  expect(screen.getByText("It is Root CA")).toBeVisible();
});
