// Moments: XML Schema's dateTimeStamp as VCDM 2.0 §4.9 has it; parse_datetime of portfolio/vc/credential.py.

const DATETIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))?$/;
const FIRST = utc(1, 1, 1);
const BEYOND = utc(10_000, 1, 1);

function utc(year, month, day) {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

// Milliseconds since 1970, or null for what is no moment; a missing offset is UTC.
export function parseMoment(text) {
  const found = typeof text === "string" && text.length <= 64 ? DATETIME.exec(text) : null;
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const midnight = utc(year, month, day);
  const date = new Date(midnight);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const fraction = (found[7] || "").slice(0, 6);
  const lastMidnight = hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(found[7] || "");
  if (year < 1 || (hour > 23 && !lastMidnight) || minute > 59 || second > 59) return null;
  const offset = Number(found[9] || 0) * 60 + Number(found[10] || 0);
  if (offset > 14 * 60 || Number(found[10] || 0) > 59) return null;
  const local = midnight + ((hour * 60 + minute) * 60 + second) * 1000 + Number(`0.${fraction || 0}`) * 1000;
  const moment = local - (found[8] === "-" ? -offset : offset) * 60_000;
  return moment >= FIRST && moment < BEYOND ? moment : null;
}
