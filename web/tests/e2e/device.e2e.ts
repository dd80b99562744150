import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { violations } from "./axe";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const PKIM = new URL("../../../.venv/bin/pkim", import.meta.url).pathname;
const setting = openSetting();
const shells: CommandLine[] = [];

afterEach(async () => {
  for (const shell of shells.splice(0)) await shell.end();
});

/** A user's command line on another machine: its own configuration folder, and no installation. */
class CommandLine {
  private readonly folder = mkdtempSync(join(tmpdir(), "pkim-device-"));
  private process: ChildProcess | undefined;
  private readonly env = { PATH: process.env.PATH, HOME: this.folder, XDG_CONFIG_HOME: this.folder };

  constructor() {
    shells.push(this);
  }

  /** Starts `pkim login`, and returns the code that it shows. */
  async begin(url: string, ...more: string[]): Promise<string> {
    const words = ["login", url, "--device", "--name", "work", ...more];
    this.process = spawn(PKIM, words, { env: this.env, stdio: ["ignore", "ignore", "pipe"] });
    for await (const line of createInterface({ input: this.process.stderr as Readable })) {
      const code = /Enter the code (\S+)/.exec(line)?.[1];
      if (code !== undefined) return code;
    }
    throw new Error("pkim login shows no code");
  }

  /** The exit code of `pkim login`. */
  async exit(): Promise<number | null> {
    const child = this.process as ChildProcess;
    if (child.exitCode === null) await once(child, "exit");
    return child.exitCode;
  }

  run(...words: string[]): string {
    return execFileSync(PKIM, words, { env: this.env, encoding: "utf-8", stdio: ["ignore", "pipe", "pipe"] });
  }

  stored(): string {
    return readFileSync(join(this.folder, "pki-manager/contexts.json"), "utf-8");
  }

  async end(): Promise<void> {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      await once(this.process, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

test("a command line signs in with a code that its user confirms with the keyboard, and then works", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "dora", "requester");
  const { page } = visitor;
  const shell = new CommandLine();
  const code = await shell.begin(setting.installation().url, "--expires", "PT8H");
  await visitor.go("/device");
  await page.getByLabel("Code", { exact: true }).focus();
  await page.keyboard.type(code.toLowerCase());
  await page.keyboard.press("Enter");
  await page.locator("h2:focus").waitFor();
  await page.getByText("Approve only a sign-in that you have just started yourself").waitFor();
  await page.getByText(/^pkim \d/).waitFor();
  expect(await page.getByLabel("Role").inputValue()).toBe("requester");
  expect(await page.getByLabel("Valid for").inputValue()).toBe("PT8H");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Approve sign-in" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sign-in approved" }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await shell.exit()).toBe(0);
  expect(shell.stored()).toContain("pkim_");
  const cas: { name: string }[] = JSON.parse(shell.run("ca", "list", "--output", "json")).items;
  expect(cas.map(({ name }) => name)).toContain("Issuing CA");
  await page.getByRole("link", { name: "View API tokens" }).click();
  await page.getByText(/^pkim .* on /).waitFor();
});

test("a sign-in that the user denies gives no token", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "dina", "requester");
  const { page } = visitor;
  const shell = new CommandLine();
  const code = await shell.begin(setting.installation().url);
  await visitor.go("/device");
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Deny" }).click();
  await page.getByRole("heading", { name: "Sign-in denied" }).waitFor();
  expect(await shell.exit()).toBe(5);
  expect(() => shell.stored()).toThrow();
});

test("a wrong code is explained at its field", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "dana", "requester");
  const { page } = visitor;
  await visitor.go("/device");
  await page.getByLabel("Code", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Enter the 8 letters of the code.").waitFor();
  await page.getByLabel("Code", { exact: true }).fill("BBBB-BBBB");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("No sign-in waits for this code.").waitFor();
  expect(await violations(page)).toEqual([]);
});
