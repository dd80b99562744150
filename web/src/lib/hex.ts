const GROUP = 4;

/** Hexadecimal digits in groups of four: `09d2 55c0 77e1`. */
export function grouped(hex: string): string {
  return hex.match(new RegExp(`.{1,${GROUP}}`, "g"))?.join(" ") ?? "";
}

/** The first two and the last group, for tables: `09d2 55c0 … a1be`. */
export function shortened(hex: string): string {
  return hex.length <= 4 * GROUP ? grouped(hex) : `${grouped(hex.slice(0, 2 * GROUP))} … ${hex.slice(-GROUP)}`;
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
