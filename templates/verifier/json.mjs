// JSON texts, strictly: takes and refuses what portfolio/vc/jsontext.py does. An object has no prototype, so that every member
// name is only a name; what is refused throws Refused.

import { COLLECTION, Reader, Refused } from "./reader.mjs";

const CREDENTIAL = { bytes: 256 * 1024, depth: 32, nodes: 10_000 };
export const MAXIMUM_BYTES = COLLECTION.bytes;
const RAW_CONTROL = /[\u007f-\u009f]/;

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The value of a UTF-8 text. A single credential may cost less than a collection of them.
export function readJson(bytes) {
  if (bytes.length > COLLECTION.bytes) throw new Refused("too long");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("not UTF-8");
  }
  if (text.startsWith("\ufeff") || RAW_CONTROL.test(text)) throw new Refused("a byte order mark or a control character");
  const reader = new Reader(text);
  const value = reader.whole();
  const cost = { bytes: bytes.length, depth: reader.deepest, nodes: reader.nodes };
  if (!isCollection(value) && Object.keys(cost).some((name) => cost[name] > CREDENTIAL[name])) {
    throw new Refused("larger than a credential may be");
  }
  return value;
}

function isCollection(value) {
  const types = isObject(value) ? [value.type].flat() : [];
  return types.includes("ClrCredential") || types.includes("VerifiablePresentation");
}
