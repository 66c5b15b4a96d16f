// The step *status*: Bitstring Status List 1.0 §3.2 over the lists in this file, and what the school's register said when the
// file was made; portfolio/vc/verification/status.py and portfolio/vc/status_list.py.

import { base64urlDecode, gunzip } from "./bytes.mjs";
import { identifierOf, isUrl, objects, typesOf } from "./contexts.mjs";
import { identifierFault } from "./identifiers.mjs";
import { isObject } from "./json.mjs";
import { modelFault, validity } from "./model.mjs";
import { Budget, SKEW, ownProofsFault, verifyProofs } from "./proofs.mjs";
import { Refused } from "./reader.mjs";

const MAXIMUM_BYTES = 1 << 20;
const MINIMUM_ENTRIES = 131_072;
const MAXIMUM_SIZE = (8 * MAXIMUM_BYTES) / MINIMUM_ENTRIES;
const ENTRY = "BitstringStatusListEntry";
export const MOST_ENTRIES = 64;

class Missing extends Error {}

// {purpose, index, url, size} of a credentialStatus of this type; Refused when it is malformed.
export function readEntry(entry) {
  const { statusPurpose: purpose, statusListIndex: index, statusListCredential: url, statusSize: size = 1 } = entry;
  if (typeof purpose !== "string" || purpose === "") throw new Refused("no purpose");
  if (typeof index !== "string" || !/^(?:0|[1-9][0-9]{0,15})$/.test(index)) throw new Refused("no index");
  if (!isUrl(url)) throw new Refused("no list");
  if ("id" in entry && (!isUrl(entry.id) || entry.id === url)) throw new Refused("an id that is none");
  if (!Number.isSafeInteger(size) || size < 1 || size > MAXIMUM_SIZE) throw new Refused("no size");
  if (size > 1 || "statusMessage" in entry) {
    const messages = entry.statusMessage;
    const sound = Array.isArray(messages) && messages.length === 2 ** size && messages.every((message) =>
      isObject(message) && typeof message.status === "string" && /^0x[0-9A-Fa-f]{1,16}$/.test(message.status)
      && typeof message.message === "string");
    if (!sound) throw new Refused("no messages");
  }
  return { purpose, index: Number(index), url, size };
}

export function entriesFault(document) {
  const entries = "credentialStatus" in document ? [document.credentialStatus].flat() : [];
  if (entries.length > MOST_ENTRIES) return "$.credentialStatus: too many entries";
  try {
    entries.filter((entry) => isObject(entry) && typesOf(entry).includes(ENTRY)).forEach(readEntry);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return `$.credentialStatus: ${error.message}`;
  }
  return null;
}

// The lists in the file, each verified and expanded once.
export class StatusLists {
  // lists: by address; own, known: whose lists count.
  constructor({ lists, documents, own, known, now, vocabulary }) {
    Object.assign(this, { lists, documents, own, known, now, vocabulary });
    this.read = new Map();
  }

  // The value of an entry; throws Missing or Refused.
  async value(entry, issuer) {
    if (!this.read.has(entry.url)) this.read.set(entry.url, this.verified(entry.url).catch((error) => error));
    const found = await this.read.get(entry.url);
    if (found instanceof Error) throw found;
    if (found.signer !== issuer && !Object.hasOwn(this.known, found.signer)) throw new Refused("signed by somebody else");
    const { subject, bits } = found;
    if (![subject.statusPurpose].flat().includes(entry.purpose)) throw new Refused("another purpose");
    if (Math.floor((bits.length * 8) / entry.size) < MINIMUM_ENTRIES) throw new Refused("too short");
    const start = entry.index * entry.size;
    if (start + entry.size > bits.length * 8) throw new Refused("outside the list");
    let value = 0n;
    for (let place = start; place < start + entry.size; place += 1) {
      value = (value << 1n) | BigInt((bits[place >> 3] >> (7 - (place & 7))) & 1);
    }
    return value;
  }

  async verified(url) {
    if (!Object.hasOwn(this.lists, url)) throw new Missing();
    const credential = this.lists[url];
    const fault = this.vocabulary.fault(credential) ?? modelFault(credential) ?? identifierFault(credential);
    if (fault !== null || identifierOf(credential) !== url) throw new Refused("the list is not built as one");
    const [start, end] = validity(credential);
    if ((start !== null && start > this.now + SKEW) || (end !== null && end < this.now)) throw new Refused("not in force");
    const signer = identifierOf(credential.issuer);
    const results = await verifyProofs(credential, { documents: this.documents, now: this.now, budget: new Budget() });
    const sound = results.every(({ proof, outcome, untimely }) => ["holds", "unchecked"].includes(outcome) && untimely === null
      && proof.verificationMethod.split("#")[0] === signer);
    if (!sound || !results.some(({ outcome }) => outcome === "holds")) throw new Refused("not signed by its issuer");
    if (this.own.includes(signer) && ownProofsFault(credential, results.map(({ proof }) => proof)) !== null) {
      throw new Refused("not signed as we sign");
    }
    const subjects = objects(credential.credentialSubject);
    if (!typesOf(credential).includes("BitstringStatusListCredential") || subjects.length !== 1
      || !typesOf(subjects[0]).includes("BitstringStatusList")) throw new Refused("not a list");
    return { signer, subject: subjects[0], bits: await expand(subjects[0].encodedList) };
  }
}

async function expand(text) {
  if (typeof text !== "string" || !text.startsWith("u")) throw new Refused("not multibase");
  if (text.length > ((MAXIMUM_BYTES + MAXIMUM_BYTES / 1024 + 64) * 4) / 3) throw new Refused("too large");
  const bits = await gunzip(base64urlDecode(text.slice(1)), MAXIMUM_BYTES);
  if (bits[0] !== 0x1f || bits[1] !== 0x8b) return bits;
  const again = await gunzip(bits, MAXIMUM_BYTES).catch(() => null);
  if (again !== null) throw new Refused("compressed twice");
  return bits;
}

// One {code, gravest first} an entry: ok | revoked | suspended | unknown_type | unknown_purpose | not_available | does_not_hold.
export async function entryCode(entry, issuer, lists) {
  if (!isObject(entry) || !typesOf(entry).includes(ENTRY)) return "unknown_type";
  const asked = readEntry(entry);
  if (["refresh", "message"].includes(asked.purpose)) return "ok";
  if (!["revocation", "suspension"].includes(asked.purpose)) return "unknown_purpose";
  try {
    if ((await lists.value(asked, issuer)) === 0n) return "ok";
  } catch (error) {
    if (error instanceof Missing) return "not_available";
    if (error instanceof Refused) return "does_not_hold";
    throw error;
  }
  return asked.purpose === "revocation" ? "revoked" : "suspended";
}
