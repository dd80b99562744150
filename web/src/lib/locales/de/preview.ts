import type { preview as english } from "../en/preview";
import type { Same } from "../same";

export const preview: Same<typeof english> = {
  title: "Vorschau",
  sound: "Kann ausgestellt werden",
  unsound: "Würde abgelehnt",
  placeholders: "Seriennummer, Schlüsselkennungen und der CA-Teil von URLs werden beim Ausstellen gesetzt.",
  signature: "Signatur",
};
