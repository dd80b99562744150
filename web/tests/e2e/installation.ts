import { type ChildProcess, execFileSync, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = new URL("../../../", import.meta.url).pathname;
const PKIM = join(ROOT, ".venv/bin/pkim");
const PYTHON = join(ROOT, ".venv/bin/python");
const STARTS_WITHIN = 60_000;

/** A real installation in a folder of its own, served on free ports until `stop`. */
export class Installation {
  private process: ChildProcess | undefined;
  private database: ChildProcess | undefined;
  private readonly tokens = new Map<string, string>();
  url = "";
  /** The URL of the status listener. */
  statusUrl = "";

  private constructor(
    private readonly home: string,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /** `settings` are names and values of the environment, over those of every test. On SQLCipher, or on the engine that TEST_ENGINE names. */
  static async start(settings: NodeJS.ProcessEnv = {}): Promise<Installation> {
    const installation = new Installation(join(mkdtempSync(join(tmpdir(), "pkim-e2e-")), "home"), { ...settings });
    if (process.env.TEST_ENGINE === "postgresql") await installation.startDatabase();
    await installation.serve();
    return installation;
  }

  /** The same installation's command line; its output. */
  pkim(...words: string[]): string {
    return execFileSync(PKIM, words, { env: this.environment, encoding: "utf-8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** An API token of that role, made once. */
  token(role = "administrator"): string {
    const made = this.tokens.get(role);
    if (made !== undefined) return made;
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
    const { token } = JSON.parse(told);
    this.tokens.set(role, token);
    return token;
  }

  /** One call of the REST door; its answer. Quicker than the command line, which is a process of its own. */
  async call<Answer extends object = { id: string }>(
    method: string,
    path: string,
    body?: object,
    role?: string,
  ): Promise<Answer> {
    const mediaType = path.startsWith("/certificates/bulk") ? "application/x-ndjson" : "application/json";
    const headers = { Authorization: `Bearer ${this.token(role)}`, "Content-Type": mediaType };
    // A connection of its own: the command line blocks this process for longer than a server keeps one open.
    const options = { method, headers, agent: false };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(encodeURI(`${this.url}/api/v1${path}`), options, resolve).once("error", reject);
      asked.end(body && JSON.stringify(body));
    });
    const told = await text(answer);
    if ((answer.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${told}`);
    return JSON.parse(told);
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
    if (this.database) {
      const ended = once(this.database, "exit");
      this.database.stdin?.end();
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

  /** A PostgreSQL server of its own; without it everything is in the home. */
  private async startDatabase(): Promise<void> {
    const stdio: StdioOptions = ["pipe", "pipe", "inherit"];
    this.database = spawn(PYTHON, ["-m", "tests.services.postgresql"], { cwd: ROOT, stdio });
    const [url] = await once(createInterface({ input: this.database.stdout as Readable }), "line");
    this.settings.PKIM_DATABASE_URL = url;
  }

  private async serve(): Promise<void> {
    const ready = `${this.home}.ready`;
    this.process = spawn(PKIM, ["serve", "--ready-file", ready], { env: this.environment, stdio: "ignore" });
    for (const until = Date.now() + STARTS_WITHIN; !existsSync(ready); await pause(100)) {
      if (Date.now() > until || this.process.exitCode !== null) throw new Error("the server did not start");
    }
    const urls = JSON.parse(readFileSync(ready, "utf-8"));
    this.url = urls.management;
    this.statusUrl = urls.status;
  }
}
