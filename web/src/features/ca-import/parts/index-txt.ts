import type { RevocationReason } from "@/api";

export type LineRule = "fields" | "state" | "serial" | "revocation" | "reason" | "time";

/** One line of OpenSSL's `index.txt`; times are RFC 3339, the serial number is hex in lower case without leading zeros. */
export interface IndexLine {
  number: number;
  state: "V" | "R" | "E";
  serial: string;
  expiresAt: string;
  revokedAt?: string;
  reason?: RevocationReason;
  invalidityDate?: string;
}

export interface LineFault {
  number: number;
  rule: LineRule;
}

const FIELDS = 6;
const REASONS: readonly RevocationReason[] = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  "privilegeWithdrawn",
  "aACompromise",
];
/** What `openssl ca` writes for -crl_hold, -crl_compromise and -crl_CA_compromise. */
const OTHER_WORDS: Readonly<Record<string, RevocationReason>> = {
  holdinstruction: "certificateHold",
  keytime: "keyCompromise",
  cakeytime: "cACompromise",
};
const SINCE = ["keytime", "cakeytime"];

class Broken extends Error {
  constructor(readonly rule: LineRule) {
    super(rule);
  }
}

/** Each line, or what is wrong with it. Empty lines and `#` are skipped. */
export function readIndex(text: string): (IndexLine | LineFault)[] {
  const read: (IndexLine | LineFault)[] = [];
  text.split("\n").forEach((line, at) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    try {
      read.push(lineOf(at + 1, line.replace(/\r$/, "")));
    } catch (fault) {
      if (!(fault instanceof Broken)) throw fault;
      read.push({ number: at + 1, rule: fault.rule });
    }
  });
  return read;
}

function lineOf(number: number, line: string): IndexLine {
  // A tab within a field is written as a backslash and a tab.
  const cells = line.split(/(?<!\\)\t/);
  if (cells.length !== FIELDS) throw new Broken("fields");
  const [state = "", expires = "", revoked = "", serial = ""] = cells;
  if (state !== "V" && state !== "R" && state !== "E") throw new Broken("state");
  if (!/^[0-9a-f]{1,40}$/i.test(serial) || /^0+$/.test(serial)) throw new Broken("serial");
  if ((state === "R") !== (revoked !== "")) throw new Broken("revocation");
  return { number, state, serial: plainHex(serial), expiresAt: moment(expires), ...(revoked && revocation(revoked)) };
}

function revocation(text: string): Pick<IndexLine, "revokedAt" | "reason" | "invalidityDate"> {
  const [when = "", word = "", more = ""] = text.split(",");
  const lower = word.toLowerCase();
  const reason =
    lower === "" ? "unspecified" : (OTHER_WORDS[lower] ?? REASONS.find((one) => one.toLowerCase() === lower));
  if (reason === undefined) throw new Broken("reason");
  return { revokedAt: moment(when), reason, ...(SINCE.includes(lower) && { invalidityDate: moment(more) }) };
}

/** UTCTime (years from 1950 to 2049, RFC 5280 §4.1.2.5.1) or GeneralizedTime. */
function moment(text: string): string {
  const parts = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(text);
  if (!parts) throw new Broken("time");
  const [, year = "", month, day, hour, minute, second = "00"] = parts;
  const whole = year.length === 4 ? year : `${Number(year) >= 50 ? "19" : "20"}${year}`;
  const told = `${whole}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const time = new Date(told);
  // JavaScript takes 31 February for a day of March.
  if (Number.isNaN(time.getTime()) || time.toISOString().replace(".000", "") !== told) throw new Broken("time");
  return told;
}

export function plainHex(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, "");
}
