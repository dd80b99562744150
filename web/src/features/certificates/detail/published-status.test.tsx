import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CertificateStatus, CrlStatus } from "@/api";
import { setLanguage, startI18n } from "@/lib/i18n";
import { usePublishedStatus } from "../queries";
import { PublishedStatus } from "./published-status";

vi.mock("../queries", () => ({ usePublishedStatus: vi.fn() }));

const good: CrlStatus = {
  status: "good",
  reason: null,
  revoked_at: null,
  this_update: "2026-11-25T04:00:00Z",
  next_update: "2026-11-26T04:00:00Z",
  late: false,
  agrees: true,
  number: 42,
  delta_number: null,
  shard: null,
};

function show(told: Partial<CertificateStatus>) {
  const data = { time: "2026-11-25T04:01:00Z", no_rev_avail: false, ocsp: null, crls: [], ...told };
  vi.mocked(usePublishedStatus).mockReturnValue({ data, isError: false } as unknown as ReturnType<
    typeof usePublishedStatus
  >);
  return render(<PublishedStatus id="c1" />);
}

beforeEach(async () => {
  await startI18n();
});

afterEach(async () => {
  cleanup();
  await setLanguage("en");
});

test("each source has its word, its times and its number", () => {
  const revoked = { ...good, status: "revoked", reason: "keyCompromise", revoked_at: "2026-11-25T03:59:00Z" } as const;
  const { container } = show({ ocsp: good, crls: [good, { ...revoked, shard: 3, number: 43, delta_number: 44 }] });
  expect(screen.getAllByText("Good")).toHaveLength(2);
  expect(screen.getByText("Revoked: key compromise")).toBeVisible();
  expect(screen.getByText("CRL, partition 3")).toBeVisible();
  expect(screen.getByText("CRL number 43, with delta 44")).toBeVisible();
  const times = [...container.querySelectorAll("time")].map((time) => time.dateTime);
  const both = [good.this_update, good.next_update];
  expect(times).toEqual([...both, ...both, revoked.revoked_at, ...both]);
  expect(screen.queryByText("Late")).toBeNull();
  expect(screen.queryByText("Not updated yet")).toBeNull();
});

test("what is late or differs says so", () => {
  show({ ocsp: { ...good, late: true }, crls: [{ ...good, agrees: false }] });
  expect(screen.getByText("Late")).toBeVisible();
  expect(screen.getByText("Not updated yet")).toBeVisible();
});

test("where nothing is published, that is said", () => {
  show({});
  expect(screen.getByText("No pre-signed OCSP response.")).toBeVisible();
  expect(screen.getByText("No CRL is published.")).toBeVisible();
});

test("a certificate without revocation says so, in German too", async () => {
  await setLanguage("de");
  show({ no_rev_avail: true });
  expect(screen.getByText(/noRevAvail/)).toHaveTextContent(
    "Kurzlebiges Zertifikat: Es wird kein Sperrstatus veröffentlicht",
  );
  expect(screen.queryByText("OCSP")).toBeNull();
});
