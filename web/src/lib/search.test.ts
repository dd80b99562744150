import { expect, test } from "vitest";
import * as z from "zod/mini";
import { known, maybe } from "./search";

test("parameters that a page does not know are left out", () => {
  const schema = z.object({ query: maybe(z.string()), state: maybe(z.enum(["valid", "held"])) });
  const search = { query: "mail", state: "valid", utm_source: "slack" } as const;
  expect(known(schema, search)).toEqual({ query: "mail", state: "valid" });
});
