export const ANCHOR_SYSTEMS = ["debian", "redhat", "windows", "macos", "java", "firefox"] as const;
export type AnchorSystem = (typeof ANCHOR_SYSTEMS)[number];

/** What makes a system trust the certificate in `file`, a name of letters, digits, dots and dashes. */
export function trustCommands(system: AnchorSystem, file: string): string {
  const alias = file.replace(/\.crt$/, "").toLowerCase();
  switch (system) {
    case "debian":
      return `sudo cp ${file} /usr/local/share/ca-certificates/\nsudo update-ca-certificates\n`;
    case "redhat":
      return `sudo cp ${file} /etc/pki/ca-trust/source/anchors/\nsudo update-ca-trust\n`;
    case "windows":
      return `Import-Certificate -FilePath .\\${file} -CertStoreLocation Cert:\\LocalMachine\\Root\n`;
    case "macos":
      return `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${file}\n`;
    case "java":
      return `keytool -importcert -cacerts -alias ${alias} -file ${file}\n`;
    case "firefox":
      return `# for every profile: a policy in /etc/firefox/policies/policies.json\n${JSON.stringify({ policies: { Certificates: { Install: [file] } } }, null, 2)}\n`;
  }
}
