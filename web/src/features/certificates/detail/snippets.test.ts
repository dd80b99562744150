import { expect, test } from "vitest";
import { SYSTEMS, snippet } from "./snippets";

const SHELL = /[$`;&|<>"'\\\n(){}!*?~#\s]/;

test.each(SYSTEMS)("WEB-07: a name that is a command becomes a plain file name for %s", (system) => {
  const plain = snippet(system, "name");
  for (const evil of [
    "$(id)",
    "`id`",
    "x; rm -rf ~",
    "a\nb",
    "'\"|&",
    "..\\..\\x",
    "../../x",
    "-rf",
    "%0a",
    "$env:x",
    "",
  ]) {
    const made = snippet(system, evil);
    const names = between(made, plain);
    expect({
      evil,
      names: names.filter((name) => SHELL.test(name) || name.includes("..") || name.startsWith("-")),
    }).toEqual({ evil, names: [] });
  }
});

/** What stands in `made` where `plain` has the word "name". */
function between(made: string, plain: string): string[] {
  const parts = plain.split(/\bname\b/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([^]*?)")}$`).exec(made)?.slice(1) ?? [made];
}
