import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startI18n } from "@/lib/i18n";
import { fromYaml, withValue } from "../parts/yaml";
import type { FieldSchema } from "../queries";
import { DefinitionForm } from "./definition-form";
import { linesOf, numberOf, plain, shapeOf } from "./schema";

const SCHEMA: FieldSchema = {
  type: "object",
  properties: {
    name: { type: "string" },
    version: { type: "integer" },
    key_types: { type: "array", items: { type: "string", enum: ["RSA-3072", "Ed25519"] } },
    sans: {
      type: "object",
      properties: {
        maximum: { type: "integer", default: 100 },
        wildcards: { type: "boolean", default: false },
        permitted: { type: "array", items: { type: "string" }, default: [] },
      },
    },
    path_length: { anyOf: [{ type: "integer" }, { type: "null" }] },
    brand_new: { type: "string", enum: ["a", "b"] },
    lint_exceptions: { type: "array", items: { type: "object" } },
  },
};

let text = "";

function Held({ start }: { start: string }) {
  const [held, setHeld] = useState(start);
  text = held;
  const parsed = fromYaml(held);
  return (
    <DefinitionForm
      schema={SCHEMA}
      definition={"definition" in parsed ? parsed.definition : {}}
      fixed={new Set(["name"])}
      faults={new Map([["sans.maximum", "too many"]])}
      isDisabled={false}
      onChange={(path, value) => setHeld(withValue(held, path, value))}
    />
  );
}

beforeEach(async () => {
  await startI18n();
});
afterEach(cleanup);

test("what is filled in stands in the text, and only there", async () => {
  render(<Held start={"name: web\nkey_types:\n  - Ed25519\n"} />);
  expect(screen.getByLabelText("Name")).toBeDisabled();
  await userEvent.click(screen.getByLabelText("RSA-3072"));
  await userEvent.click(screen.getByLabelText("Wildcards are allowed"));
  await userEvent.clear(screen.getByLabelText("Maximum number"));
  await userEvent.type(screen.getByLabelText("Maximum number"), "7");
  await userEvent.type(screen.getByLabelText("Permitted names"), "DNS:a.test{Enter}DNS:b.test");
  await userEvent.selectOptions(screen.getByLabelText("brand_new"), "b");
  expect(fromYaml(text)).toEqual({
    definition: {
      name: "web",
      key_types: ["RSA-3072", "Ed25519"],
      sans: { wildcards: true, maximum: 7, permitted: ["DNS:a.test", "DNS:b.test"] },
      brand_new: "b",
    },
  });
});

test("a fault is told at its field, a list of objects is left to the text", () => {
  render(<Held start={"name: web\n"} />);
  expect(screen.getByLabelText("Maximum number")).toHaveAccessibleDescription("too many");
  expect(screen.getByLabelText("Lint exceptions")).toHaveTextContent("0 entries");
  expect(screen.queryByLabelText("version")).toBeNull();
});

test("each shape of the schema has its control", () => {
  expect(Object.values(SCHEMA.properties ?? {}).map((one) => shapeOf(plain(one)))).toEqual([
    "text",
    "number",
    "choices",
    "group",
    "number",
    "choice",
    "other",
  ]);
});

test("numbers and lines are read as they are meant", () => {
  expect([numberOf(" 7 "), numberOf(""), numberOf("many")]).toEqual([7, undefined, "many"]);
  expect(linesOf(" a \n\n b")).toEqual(["a", "b"]);
});
