import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Page, Panel, PanelRow, Section } from "./page";

test("a page has one title, in the window's too, and says where it stands", async () => {
  const crumbs = [{ label: "Certificate authorities", to: "/cas" }] as const;
  await show(
    <Page
      title="Root CA"
      purpose="It certifies the others."
      crumbs={crumbs}
      actions={<button type="button">Act</button>}
    >
      <Section title="Keys" actions={<button type="button">Rotate</button>}>
        <Panel>
          <PanelRow title="Key 1" detail="ECDSA P-384" end="Signs" />
        </Panel>
      </Section>
    </Page>,
  );
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Root CA");
  expect(screen.getByRole("heading", { level: 2 })).toHaveTextContent("Keys");
  expect(document.title).toBe("Root CA · PKI Manager");
  const way = within(screen.getByRole("navigation", { name: "Breadcrumbs" }));
  expect(way.getByRole("link", { name: "Certificate authorities" })).toHaveAttribute("href", "/cas");
  expect(way.getByText("Root CA")).toHaveAttribute("aria-current", "page");
  for (const text of ["It certifies the others.", "Key 1", "ECDSA P-384", "Signs"]) {
    expect(screen.getByText(text)).toBeVisible();
  }
});

test("a page at the top has no way to it", async () => {
  await show(<Page title="Dashboard">{null}</Page>);
  expect(screen.queryByRole("navigation")).toBeNull();
});
