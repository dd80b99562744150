export const preview = {
  title: "Preview",
  sound: "Can be issued",
  unsound: "Would be refused",
  placeholders: "The serial number, key identifiers, and the CA part of URLs are set when the certificate is issued.",
  signature: "Signature",
};
