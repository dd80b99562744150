import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = new URL("../../../tests/services/oidc/provider.mjs", import.meta.url).pathname;
const SECRET = "a secret of the tests";

/** A real identity provider, and the settings of an installation that knows it by the name `corp`. */
export class IdentityProvider {
  private constructor(
    readonly issuer: string,
    readonly settings: NodeJS.ProcessEnv,
    private readonly process: ChildProcess,
  ) {}

  static async start(accounts: Record<string, object>, table: object): Promise<IdentityProvider> {
    const port = await freePort();
    const here = `http://localhost:${port}`;
    const running = spawn(process.execPath, [PROGRAM], { stdio: ["pipe", "pipe", "ignore"] });
    running.stdin.write(
      `${JSON.stringify({
        redirect_uris: [`${here}/oidc/corp`],
        post_logout_redirect_uris: [`${here}/sign-in`],
        accounts,
      })}\n`,
    );
    let issuer = "";
    for await (const line of createInterface({ input: running.stdout })) {
      issuer = line;
      break;
    }
    if (!issuer.startsWith("http://")) throw new Error("the identity provider did not start: make tools");
    const secret = join(mkdtempSync(join(tmpdir(), "pkim-oidc-")), "secret");
    writeFileSync(secret, SECRET, { mode: 0o600 });
    const known = { name: "corp", title: "Corp", issuer, client_id: "pki-manager", client_secret_file: secret };
    const settings = {
      PKIM_MANAGEMENT_BIND: `127.0.0.1:${port}`,
      PKIM_OIDC_PROVIDERS: JSON.stringify([{ ...known, ...table }]),
    };
    return new IdentityProvider(issuer, settings, running);
  }

  stop(): void {
    this.process.stdin?.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
