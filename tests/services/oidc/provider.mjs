// A real identity provider on a free port of the loopback: `node provider.mjs`, its orders as one line of JSON on
// standard input: { redirect_uris, post_logout_redirect_uris, accounts: { login: claims } }. It prints its issuer, and
// ends with its standard input. Its own pages let in whoever is named there, with any password. With claims_in_token ID
// tokens carry the claims of their scope, as many providers have it. With a backchannel_logout_uri it says there who has
// signed out, and of which session.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin });
const orders = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "pki-manager",
      client_secret: "a secret of the tests",
      redirect_uris: orders.redirect_uris,
      post_logout_redirect_uris: orders.post_logout_redirect_uris,
      grant_types: ["authorization_code"],
      response_types: ["code"],
      ...(orders.backchannel_logout_uri && {
        backchannel_logout_uri: orders.backchannel_logout_uri,
        backchannel_logout_session_required: true,
      }),
    },
  ],
  claims: {
    openid: ["sub", "groups"],
    profile: ["name", "preferred_username"],
    email: ["email", "email_verified"],
  },
  conformIdTokenClaims: !orders.claims_in_token,
  cookies: { keys: ["of the tests"] },
  features: { backchannelLogout: { enabled: true } },
  // Its own way out leads to no loopback, and waits for two seconds and a half.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined, signal: AbortSignal.timeout(60_000) }),
  pkce: { required: () => true },
  findAccount: (_, login) =>
    orders.accounts[login] && { accountId: login, claims: () => ({ sub: login, ...orders.accounts[login] }) },
});
server.on("request", provider.callback());
console.log(issuer);
lines.on("line", (line) => Object.assign(orders, JSON.parse(line)));
lines.on("close", () => process.exit(0));
