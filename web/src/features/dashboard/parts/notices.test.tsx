import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, type Notice } from "@/api";
import { useMay } from "@/features/session";
import { setLanguage, startI18n } from "@/lib/i18n";
import { Notices } from "./notices";

vi.mock("@/features/session", () => ({ useMay: vi.fn(() => true) }));

const notice: Notice = {
  code: "status_url",
  ca: "Root CA",
  message: "New certificates of CA 'Root CA' point to http://localhost:8081.",
  commands: ["pkim ca rotate 'Root CA' --cross-certify"],
};

function show(notices: Notice[]) {
  const client = new QueryClient();
  const status = { version: "1", ready: true, parts: [], notices, near_ends: [], nodes: [] };
  client.setQueryDefaults(api.getStatusOptions().queryKey, { staleTime: Number.POSITIVE_INFINITY });
  client.setQueryData(api.getStatusOptions().queryKey, status);
  return render(
    <QueryClientProvider client={client}>
      <Notices />
    </QueryClientProvider>,
  );
}

beforeEach(async () => {
  vi.mocked(useMay).mockReturnValue(true);
  await startI18n();
});

afterEach(async () => {
  cleanup();
  await setLanguage("en");
});

test("a notice names the CA, the reason and the command that repairs it", () => {
  show([notice]);
  expect(screen.getByRole("alert")).toHaveTextContent("Clients cannot reach the status URLs of Root CA");
  expect(screen.getByText(notice.message)).toBeVisible();
  expect(screen.getByText("pkim ca rotate 'Root CA' --cross-certify")).toBeVisible();
});

test("a notice of the installation is shown in German", async () => {
  await setLanguage("de");
  show([{ ...notice, ca: null, commands: [] }]);
  expect(screen.getByRole("alert")).toHaveTextContent("Die Status-URLs sind für Clients nicht erreichbar");
});

test("a demo is a note that says so", () => {
  show([{ code: "demo", ca: null, message: "This is a demo.", commands: [] }]);
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByRole("note")).toHaveTextContent("Demo: do not use these CAs and certificates for anything else");
});

test("a local trial is a note with the command that opens it, and no alert", () => {
  const command = "pkim init --network --host HOSTNAME";
  show([{ code: "local_trial", ca: null, message: "This is a local trial.", commands: [command] }]);
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByRole("note")).toHaveTextContent("Local trial: other machines cannot use these certificates");
  expect(screen.getByText(command)).toBeVisible();
});

test("without notices, or without the permission, nothing is shown", () => {
  show([]);
  expect(screen.queryByRole("alert")).toBeNull();
  cleanup();
  vi.mocked(useMay).mockReturnValue(false);
  show([notice]);
  expect(screen.queryByRole("alert")).toBeNull();
});
