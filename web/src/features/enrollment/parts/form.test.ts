import { expect, test } from "vitest";
import { type CredentialForm, credentialBody, deviceLines, NAMES_NEEDED, openKeyBody, schema } from "./form";

const FORM: CredentialForm = {
  name: "routers",
  ca: "Issuing CA",
  profile: "tls-server",
  names: "DNS:example.com\n\n",
  devices: "# Berlin\nSN-1, one.example.com\r\n\nSN-2\n",
  role: "requester",
  expires: "P30D",
  open: false,
  serverKeys: true,
  preAuthorized: false,
  legacyAlgorithms: true,
  validator: " intune ",
  ra_certificate: "0199-id",
};

test("a device list has a device on each line, without comments and empty lines", () => {
  expect(deviceLines(FORM.devices)).toEqual(["SN-1, one.example.com", "SN-2"]);
});

test("a credential has what the form says, and ACME has no device list", () => {
  const body = credentialBody("scep", FORM);
  expect(body).toEqual({
    protocol: "scep",
    name: "routers",
    ca: "Issuing CA",
    profile: "tls-server",
    role: "requester",
    expires: "P30D",
    names: ["DNS:example.com"],
    devices: ["SN-1, one.example.com", "SN-2"],
    server_keys: false,
    pre_authorized: false,
    legacy_algorithms: true,
    validator: "intune",
    ra_certificate: null,
  });
  expect(credentialBody("est", FORM).legacy_algorithms).toBe(false);
  expect(credentialBody("acme", FORM).devices).toBeNull();
  expect(credentialBody("est", { ...FORM, devices: "", names: " " })).toMatchObject({ devices: null, names: null });
});

test("only EST credentials let the server generate keys", () => {
  expect(credentialBody("est", FORM).server_keys).toBe(true);
  expect(credentialBody("est", { ...FORM, serverKeys: false }).server_keys).toBe(false);
  expect(credentialBody("cmp", FORM).server_keys).toBe(false);
});

test("only SCEP credentials have a validator, and only CMP credentials a registration authority", () => {
  expect(credentialBody("cmp", FORM)).toMatchObject({ validator: null, ra_certificate: "0199-id" });
  expect(credentialBody("est", FORM)).toMatchObject({ validator: null, ra_certificate: null });
  expect(credentialBody("scep", { ...FORM, validator: " " }).validator).toBeNull();
});

test("only ACME keys skip validation, and only if they are limited to names", () => {
  const trusted = { ...FORM, preAuthorized: true };
  expect(credentialBody("acme", trusted).pre_authorized).toBe(true);
  expect(credentialBody("est", trusted).pre_authorized).toBe(false);
  expect(schema.safeParse(trusted).success).toBe(true);
  const refused = schema.safeParse({ ...trusted, names: " \n" });
  expect(refused.error?.issues).toMatchObject([{ path: ["names"], message: NAMES_NEEDED }]);
  expect(schema.safeParse({ ...FORM, names: "" }).success).toBe(true);
});

test("a key without external account binding has the same limits", () => {
  expect(openKeyBody(FORM)).toMatchObject({ cas: ["Issuing CA"], profiles: ["tls-server"], open: true });
});
