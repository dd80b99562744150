import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PKIM = new URL("../../../.venv/bin/pkim", import.meta.url).pathname;
const STARTS_WITHIN = 60_000;

/** A real installation in a folder of its own, served on free ports until `stop`. */
export class Installation {
  private process: ChildProcess | undefined;
  url = "";

  private constructor(
    private readonly home: string,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /** `settings` are names and values of the environment, over those of every test. */
  static async start(settings: NodeJS.ProcessEnv = {}): Promise<Installation> {
    const installation = new Installation(join(mkdtempSync(join(tmpdir(), "pkim-e2e-")), "home"), settings);
    await installation.serve();
    return installation;
  }

  /** The same installation's command line; its output. */
  pkim(...words: string[]): string {
    return execFileSync(PKIM, words, { env: this.environment, encoding: "utf-8", stdio: ["ignore", "pipe", "pipe"] });
  }

  token(role = "administrator"): string {
    const told = this.pkim(
      "token",
      "create",
      "--name",
      `e2e ${role}`,
      "--role",
      role,
      "--expires",
      "P1D",
      "--output",
      "json",
    );
    return JSON.parse(told).token;
  }

  /** What a list of the command line tells. */
  list(...words: string[]) {
    return JSON.parse(this.pkim(...words, "--output", "json")).items;
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process && process.exitCode === null) {
      const ended = new Promise((resolve) => process.once("exit", resolve));
      process.kill("SIGTERM");
      await ended;
    }
    rmSync(join(this.home, ".."), { recursive: true, force: true });
  }

  private get environment(): NodeJS.ProcessEnv {
    const bind = "127.0.0.1:0";
    return {
      PATH: process.env.PATH,
      PKIM_HOME: this.home,
      PKIM_MANAGEMENT_BIND: bind,
      PKIM_TLS_BIND: bind,
      PKIM_STATUS_BIND: bind,
      ...this.settings,
    };
  }

  private async serve(): Promise<void> {
    const ready = `${this.home}.ready`;
    this.process = spawn(PKIM, ["serve", "--ready-file", ready], { env: this.environment, stdio: "ignore" });
    for (const until = Date.now() + STARTS_WITHIN; !existsSync(ready); await pause(100)) {
      if (Date.now() > until || this.process.exitCode !== null) throw new Error("the server did not start");
    }
    this.url = JSON.parse(readFileSync(ready, "utf-8")).management;
  }
}
