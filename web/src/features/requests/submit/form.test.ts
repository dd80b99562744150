import { expect, test } from "vitest";
import { offeredTypes, requestBody, SUBMIT_START } from "./form";

test("a request goes with its own key or with a type to make one of, never with both", () => {
  const form = { ...SUBMIT_START, ca: "c1", profile: "tls-server", csr: "PEM", sans: "www.example.test, 10.0.0.7" };
  expect(requestBody(form)).toEqual({
    ca: "c1",
    profile: "tls-server",
    csr: "PEM",
    sans: ["DNS:www.example.test", "IP:10.0.0.7"],
  });
  expect(requestBody({ ...form, source: "here", sans: "", comment: " for the shop " })).toEqual({
    ca: "c1",
    profile: "tls-server",
    key_type: "ECDSA-P256",
    comment: "for the shop",
  });
});

test("the usual key type comes first, and a browser is offered only what it can generate", () => {
  const allowed = ["RSA-2048", "ECDSA-P256", "ML-DSA-65"];
  expect(offeredTypes("here", allowed)).toEqual(["ECDSA-P256", "RSA-2048", "ML-DSA-65"]);
  expect(offeredTypes("browser", allowed)).toEqual(["ECDSA-P256", "RSA-2048"]);
  expect(offeredTypes("browser", undefined)[0]).toBe("ECDSA-P256");
  expect(offeredTypes("here", ["RSA-3072"])).toEqual(["RSA-3072"]);
});
