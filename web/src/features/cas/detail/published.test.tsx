import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Ca, IssuerKey } from "@/api";
import { show } from "../../../../tests/show";
import { useKeysOf } from "../queries";
import { Published } from "./published";

vi.mock("../queries", () => ({ useKeysOf: vi.fn() }));

const LATER = new Date(Date.now() + 86_400_000).toISOString();
const BEFORE = new Date(Date.now() - 86_400_000).toISOString();

const key = (told: Partial<IssuerKey>) =>
  ({ id: `k${told.number}`, number: 1, state: "current", ocsp_signer: null, ...told }) as IssuerKey;

function showKeys(...keys: IssuerKey[]) {
  const data = { items: keys, next_cursor: null };
  vi.mocked(useKeysOf).mockReturnValue({ data, isError: false } as unknown as ReturnType<typeof useKeysOf>);
  return show(<Published ca={{ id: "c1", keys } as unknown as Ca} />);
}

test("each key that is served has its CRL, its answers and their signer, with their ends", async () => {
  const { container } = await showKeys(
    key({ crl_next_update: LATER, ocsp_next_update: BEFORE, ocsp_signer: "s1", ocsp_signer_not_after: LATER }),
    key({ number: 2, state: "next", crl_next_update: null, ocsp_next_update: null, ocsp_signer_not_after: null }),
    key({ number: 3, state: "retired" }),
  );
  expect(screen.getAllByRole("heading").map((one) => one.textContent)).toEqual([
    "Published by key 1",
    "Published by key 2",
  ]);
  expect(screen.getAllByText("Up to date")).toHaveLength(1);
  expect(screen.getAllByText("Valid")).toHaveLength(1);
  expect(screen.getAllByText("Overdue")).toHaveLength(1);
  expect(screen.getAllByText("Not yet")).toHaveLength(3);
  expect(screen.getByRole("link", { name: "CA certificate" })).toHaveAttribute("href", "/certificates/s1");
  expect([...container.querySelectorAll("time")].map((time) => time.dateTime)).toEqual(
    [LATER, BEFORE, LATER].flatMap((time) => [time, time]),
  );
});

test("of an authority without keys that are served nothing is told", async () => {
  const { container } = await showKeys(key({ state: "external" }));
  expect(container).toHaveTextContent("");
});
