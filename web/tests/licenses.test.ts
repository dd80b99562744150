import { expect, test } from "vitest";
import { findLicenses, format } from "../tools/licenses.ts";

const known = findLicenses(process.cwd());

test("every package that the web UI carries has a license text", () => {
  expect(known.filter(({ text }) => text === "").map(({ name }) => name)).toEqual([]);
  expect(known.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "react",
      "react-dom",
      "scheduler",
      "@radix-ui/react-dialog",
      "lucide-react",
      "tailwindcss",
    ]),
  );
});

test.each(["@fontsource-variable/inter", "@fontsource-variable/jetbrains-mono"])("%s comes with the OFL", (font) => {
  const text = known.find(({ name }) => name === font)?.text ?? "";
  expect(text).toContain("SIL OPEN FONT LICENSE");
  expect(text).toMatch(/Copyright/);
});

test("the file has each package's name, version and text", () => {
  const text = format(known);
  for (const one of known) {
    expect(text).toContain(`${one.name} ${one.version} (`);
    expect(text).toContain(one.text);
  }
});
