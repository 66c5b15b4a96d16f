// Keys and where they stand: Multikey, did:key, and Retrieve Verification Method (Controlled Identifiers 1.0 §3.3), as in
// portfolio/vc/multikey.py and did.py. Refused: a key that is no good; Unresolvable: one that is not to be had here.

import { base58Decode } from "./bytes.mjs";
import { objects } from "./contexts.mjs";
import { parseMoment } from "./dates.mjs";
import { isObject } from "./json.mjs";
import { Refused } from "./reader.mjs";

export class Unresolvable extends Error {}

const DID_URL = /^((?:did:[a-z0-9]+|https?):[^\u0000-\u0020<>"{}|\\^`#]+)#([A-Za-z0-9._~!$&'()*+,;=:@/?%-]+)$/;

// Chromium takes Ed25519 keys of low order, under which any message verifies. These are the y coordinates of the eight points;
// with either sign, and with the encodings beyond the field's prime, they make up the 14 keys that verifiers are warned of.
const PRIME = 2n ** 255n - 19n;
const ORDER_EIGHT = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const LOW_ORDER = [0n, 1n, PRIME - 1n, ORDER_EIGHT, PRIME - ORDER_EIGHT];

export function decodeMultikey(text) {
  if (typeof text !== "string" || !text.startsWith("z") || text.length > 80) throw new Refused("not a Multikey");
  const data = base58Decode(text.slice(1));
  if (data[0] !== 0xed || data[1] !== 0x01 || data.length !== 34) throw new Refused("not an Ed25519 key");
  const raw = data.slice(2);
  const y = raw.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n) & (2n ** 255n - 1n);
  if (y >= PRIME || LOW_ORDER.includes(y)) throw new Refused("a key under which anything verifies");
  return raw;
}

export async function verifySignature(raw, signature, data) {
  const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, data);
}

// Whether this browser can check such signatures at all: the first test vector of RFC 8032 §7.1.
export async function canVerify() {
  const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const key = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = bytes("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  try {
    return (await verifySignature(key, signature, new Uint8Array())) && !(await verifySignature(key, signature, bytes("00")));
  } catch {
    return false;
  }
}

// The key of a verification method for assertions: {raw, expires, revoked}.
export function retrieveMethod(url, documents) {
  const found = typeof url === "string" && url.length <= 2048 ? DID_URL.exec(url) : null;
  if (found === null) throw new Refused("the verification method is not a URL with a fragment");
  const [, identifier, fragment] = found;
  if (identifier.startsWith("did:key:")) {
    const multikey = identifier.slice("did:key:".length);
    if (fragment !== multikey) throw new Refused("the method is not in the document of its did:key");
    return { raw: decodeMultikey(multikey), expires: null, revoked: null };
  }
  if (!Object.hasOwn(documents, identifier)) throw new Unresolvable("the document is not to be had here");
  const document = documents[identifier];
  if (!isObject(document) || document.id !== identifier) throw new Refused("the document is that of another identifier");
  const listed = document.assertionMethod ?? [];
  const methods = [...objects(document.verificationMethod ?? []), ...objects(listed)].filter((method) => method.id === url);
  if (methods.length === 0) throw new Refused("the document does not have this method");
  const [method] = methods;
  if (methods.some((other) => JSON.stringify(other) !== JSON.stringify(method))) throw new Refused("two methods of one id");
  if (method.controller !== identifier) throw new Refused("the method has another controller");
  if (![listed].flat().some((member) => member === url || (isObject(member) && member.id === url))) {
    throw new Refused("the method is not for assertions");
  }
  if (method.type !== "Multikey" || "secretKeyMultibase" in method) throw new Refused("not a public Multikey");
  const [expires, revoked] = ["expires", "revoked"].map((name) => lifetime(method, name));
  return { raw: decodeMultikey(method.publicKeyMultibase), expires, revoked };
}

function lifetime(method, name) {
  const moment = name in method ? parseMoment(method[name]) : null;
  if (name in method && moment === null) throw new Refused("not a moment");
  return moment;
}
