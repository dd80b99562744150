import type { Visitor } from "./browser";
import type { Installation } from "./installation";

/** A person of her own, signed in by her one-time link: nobody approves what the same person asked for. */
export async function signInAs(
  arrive: () => Promise<Visitor>,
  installation: Installation,
  login: string,
  role: string,
  name = login,
): Promise<Visitor> {
  const person = ["--login", login, "--display-name", name, "--role", role];
  const made = installation.pkim("user", "create", ...person, "--output", "json");
  const visitor = await arrive();
  const { page } = visitor;
  const link = new URL(JSON.parse(made).sign_in_url);
  await page.goto(installation.url + link.pathname + link.hash);
  await page.getByLabel("Password", { exact: true }).fill(`a lighthouse for ${login}`);
  await page.getByLabel("Repeat password").fill(`a lighthouse for ${login}`);
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  return visitor;
}
