import { expect, test } from "vitest";
import { mainChunks } from "../tools/budget";

const chunk = (imports: string[], isEntry = false) => ({ code: "", imports, isEntry });

test("the main part is the entry and all that it imports, round about", () => {
  const chunks = new Map([
    ["main.js", chunk(["a.js", "b.js"], true)],
    ["a.js", chunk(["c.js"])],
    ["b.js", chunk(["a.js"])],
    ["c.js", chunk(["main.js"])],
    ["later.js", chunk(["a.js"])],
  ]);
  expect(mainChunks(chunks)).toEqual(["main.js", "a.js", "b.js", "c.js"]);
});
