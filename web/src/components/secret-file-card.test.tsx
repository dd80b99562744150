import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { download } from "@/lib/download";
import { discardSecretFiles, keepSecretFile, PEM_FILE, PKCS12 } from "@/lib/secret-files";
import { show } from "../../tests/show";
import { SecretFileCard } from "./secret-file-card";

vi.mock("@/lib/download", () => ({ download: vi.fn() }));

beforeEach(discardSecretFiles);

test("a private key warns until it is saved, and then says under which name", async () => {
  const id = keepSecretFile("the key", "shop.key", PEM_FILE);
  await show(<SecretFileCard id={id} />);
  expect(screen.getByText(/exists only in the memory of this tab/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Save private key" }));
  expect(download).toHaveBeenCalledWith("the key", "shop.key", PEM_FILE);
  expect(screen.getByText(/Private key saved as shop.key/)).toBeVisible();
  expect(screen.queryByText(/exists only in the memory/)).toBeNull();
  expect(screen.getByRole("button", { name: "Save again" })).toBeVisible();
});

test("a PKCS #12 file has its own words", async () => {
  await show(<SecretFileCard id={keepSecretFile("file", "shop.p12", PKCS12)} />);
  expect(screen.getByRole("button", { name: "Save PKCS #12 file" })).toBeVisible();
});

test("a discarded key leaves nothing behind", async () => {
  const { container } = await show(<SecretFileCard id={keepSecretFile("key", "a.key", PEM_FILE)} />);
  act(discardSecretFiles);
  expect(container).toHaveTextContent("");
});
