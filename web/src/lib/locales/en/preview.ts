export const preview = {
  title: "The certificate to be",
  sound: "Could be signed",
  unsound: "Would be refused",
  placeholders: "Serial number, key identifiers and the part of an address that names its authority come with issuing.",
};
