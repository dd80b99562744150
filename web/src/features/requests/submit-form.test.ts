import { expect, test } from "vitest";
import { requestBody, SUBMIT_START } from "./submit-form";

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
