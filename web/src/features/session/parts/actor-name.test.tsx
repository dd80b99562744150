import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { api } from "@/api";
import { show } from "../../../../tests/show";
import { ActorName } from "./actor-name";

/** Shows an id to a caller for whom the server's answers are already there. */
async function showName(id: string) {
  const client = new QueryClient();
  client.setQueryData(api.getUserQueryKey({ path: { user: "01a2" } }), { id: "01a2", display_name: "Ada" } as never);
  const tokens = { items: [{ id: "01b3", name: "build server" }] };
  client.setQueryData([...api.listTokensQueryKey(), "whole"], tokens as never);
  await show(
    <QueryClientProvider client={client}>
      <ActorName id={id} />
    </QueryClientProvider>,
  );
}

test.each([
  ["user:01a2", "Ada"],
  ["token:01b3", "build server"],
  ["local:root", "root"],
  ["anonymous", "anonymous"],
  ["user:unknown", "user:unknown"],
])("the actor %s is shown as %s, with the id as the title", async (id, name) => {
  await showName(id);
  expect(screen.getByTitle(id)).toHaveTextContent(name);
});
