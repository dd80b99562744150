import type { CertificateFormat } from "@/api";

export const FORMATS: readonly { format: CertificateFormat; extension: string }[] = [
  { format: "pem", extension: "pem" },
  { format: "fullchain", extension: "fullchain.pem" },
  { format: "chain", extension: "chain.pem" },
  { format: "der", extension: "cer" },
  { format: "p7b", extension: "p7b" },
  { format: "p12", extension: "p12" },
  { format: "jks", extension: "truststore.p12" },
  { format: "zip", extension: "zip" },
];
