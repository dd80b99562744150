import type { preview as english } from "../en/preview";
import type { Same } from "../same";

export const preview: Same<typeof english> = {
  title: "Das künftige Zertifikat",
  sound: "Kann signiert werden",
  unsound: "Würde verweigert",
  placeholders:
    "Seriennummer, Schlüsselkennungen und der Teil einer Adresse, der die CA nennt, kommen beim Ausstellen.",
  signature: "Signatur",
};
