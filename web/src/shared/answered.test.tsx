import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api";
import { show } from "../../tests/show";
import { Answered } from "./answered";

function Greeting({ ask }: { ask: () => Promise<string> }) {
  const question = useQuery({ queryKey: ["greeting"], queryFn: ask, retry: false });
  return <Answered question={question}>{(name) => <p>{`Hello ${name}`}</p>}</Answered>;
}

const greet = (ask: () => Promise<string>) =>
  show(
    <QueryClientProvider client={new QueryClient()}>
      <Greeting ask={ask} />
    </QueryClientProvider>,
  );

test("a sketch stands there until the answer does", async () => {
  let resolve: (name: string) => void = () => {};
  const { container } = await greet(
    () =>
      new Promise((answer) => {
        resolve = answer;
      }),
  );
  expect(container.querySelector("[aria-busy=true]")).not.toBeNull();
  resolve("world");
  expect(await screen.findByText("Hello world")).toBeVisible();
  expect(container.querySelector("[aria-busy=true]")).toBeNull();
});

test("a failure is told, and asked again it may go well", async () => {
  const ask = vi.fn<() => Promise<string>>();
  ask.mockRejectedValueOnce(new ApiError(404, "not_found", "Not found", "There is no such greeting.", []));
  ask.mockResolvedValueOnce("again");
  await greet(ask);
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no such greeting.");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Hello again")).toBeVisible();
  expect(screen.queryByRole("alert")).toBeNull();
});
