import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Chain } from "./chain";

test("a path is told from the root on, with the state of each and where one stands", async () => {
  const links = [
    { id: "1", title: "Root CA", detail: "until 2046", status: <b>Active</b> },
    { id: "2", title: "Issuing CA", detail: "until 2036", isCurrent: true },
  ];
  await show(<Chain links={links} label="Chain" />);
  const [root, issuing] = within(screen.getByRole("list", { name: "Chain" })).getAllByRole("listitem");
  expect(root).toHaveTextContent("Root CAActiveuntil 2046");
  expect(root?.querySelector("[aria-current=true]")).toBeNull();
  expect(issuing?.querySelector("[aria-current=true]")).toHaveTextContent("Issuing CA");
});
