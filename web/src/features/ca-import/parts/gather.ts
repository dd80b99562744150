import { textOf } from "@/components/file-drop";
import type { Foreign, KeySource } from "../mutations";
import { certificatesOf, pemOf } from "./certificates";
import { type History, historyOf, type Source } from "./history";

export type KeyPlace = "file" | "backend" | "none";

/** What is filled in; files are read when they are needed only. */
export interface Values {
  name: string;
  certificate: File[];
  chain: File[];
  keyPlace: KeyPlace;
  keyFile: File[];
  passphrase: string;
  backend: string;
  backendKeyId: string;
  crl: File[];
  index: File[];
  certificates: File[];
  profile: string;
}

export const EMPTY: Values = {
  name: "",
  certificate: [],
  chain: [],
  keyPlace: "file",
  keyFile: [],
  passphrase: "",
  backend: "",
  backendKeyId: "",
  crl: [],
  index: [],
  certificates: [],
  profile: "",
};

export type Missing = "name" | "certificate" | "keyFile" | "backendKeyId";

export function missingOf(values: Values): Missing[] {
  const missing: Missing[] = [];
  if (values.name.trim() === "") missing.push("name");
  if (values.certificate.length === 0) missing.push("certificate");
  if (values.keyPlace === "file" && values.keyFile.length === 0) missing.push("keyFile");
  if (values.keyPlace === "backend" && values.backendKeyId.trim() === "") missing.push("backendKeyId");
  return missing;
}

export async function foreignOf({ name, certificate, chain, crl }: Values): Promise<Foreign> {
  const files = [...(await read(certificate)), ...(await read(chain))];
  const links = new Set(files.flatMap(({ content }) => certificatesOf(content)));
  const [list] = await read(crl);
  return {
    name: name.trim(),
    certificate_chain: Array.from(links, pemOf).join(""),
    ...(list && { crl: textOf(list.content) }),
  };
}

export async function pastOf({ index, certificates, profile }: Values): Promise<History> {
  const [lines] = await read(index);
  return historyOf(lines, await read(certificates), profile);
}

/** Reads the file each time that it is sent, so that it is never stored. */
export async function keyOf(values: Values): Promise<KeySource | null> {
  const { keyPlace, keyFile, passphrase, backend, backendKeyId } = values;
  if (keyPlace === "none") return null;
  if (keyPlace === "backend") return { backend_key_id: backendKeyId.trim(), ...(backend && { backend }) };
  const [file] = await read(keyFile);
  return { ...(file && { private_key: textOf(file.content) }), ...(passphrase && { passphrase }) };
}

function read(files: readonly File[]): Promise<Source[]> {
  return Promise.all(
    files.map(async (file) => ({ name: file.name, content: new Uint8Array(await file.arrayBuffer()) })),
  );
}
