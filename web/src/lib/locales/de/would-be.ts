import type { wouldBe as english } from "../en/would-be";
import type { Same } from "../same";

export const wouldBe: Same<typeof english> = {
  title: "Das künftige Zertifikat",
  sound: "Kann signiert werden",
  unsound: "Würde verweigert",
  placeholders:
    "Seriennummer, Schlüsselkennungen und der Teil einer Adresse, der die CA nennt, kommen beim Ausstellen.",
};
