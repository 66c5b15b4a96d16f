// Data Integrity proofs (§4.4, §4.5) as portfolio/vc/proof_check.py verifies them, by the suite eddsa-jcs-2022. A proof of the
// suite eddsa-rdfc-2022 is looked at in everything but its signature, which is over a form that is not made here.

import { base58Decode, digest, joined } from "./bytes.mjs";
import { isUrl } from "./contexts.mjs";
import { parseMoment } from "./dates.mjs";
import { canonicalize } from "./jcs.mjs";
import { isObject } from "./json.mjs";
import { Unresolvable, retrieveMethod, verifySignature } from "./keys.mjs";
import { Refused } from "./reader.mjs";

export const JCS = "eddsa-jcs-2022";
export const RDFC = "eddsa-rdfc-2022";
export const SKEW = 5 * 60 * 1000;
const MAXIMUM_PROOFS = 32;
const OWN_MEMBERS = ["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue", "expires", "domain",
  "challenge", "id"];

class Unsupported extends Error {}

// How many signatures one file may cost, and how often one of them may stand in it.
export class Budget {
  left = 4096;
  seen = new Map();

  spend(text) {
    this.left -= 1;
    this.seen.set(text, (this.seen.get(text) ?? 0) + 1);
    if (this.left < 0 || this.seen.get(text) > 2) throw new Refused("more proofs than are looked at");
  }
}

export function proofsOf(document) {
  const proofs = "proof" in document ? [document.proof].flat() : [];
  if (!proofs.every(isObject)) throw new Refused("a proof is not an object");
  if (proofs.length > MAXIMUM_PROOFS) throw new Refused("too many proofs");
  return proofs;
}

// One {proof, outcome, untimely} a proof: outcome holds | unchecked (all but the signature) | fails | unsupported | unresolvable;
// untimely: {moment, expired} where it was made later than now, or has expired.
export async function verifyProofs(document, { documents, now, budget, suites = [JCS, RDFC] }) {
  const { proof: _, ...unsecured } = document;
  const results = [];
  for (const proof of proofsOf(document)) {
    try {
      const checked = await verifyProof(unsecured, proof, { documents, now, budget, suites });
      results.push({ proof, ...checked });
    } catch (error) {
      if (error instanceof Unsupported) results.push({ proof, outcome: "unsupported", untimely: null });
      else if (error instanceof Unresolvable) results.push({ proof, outcome: "unresolvable", untimely: null });
      else if (error instanceof Refused) results.push({ proof, outcome: "fails", untimely: null });
      else throw error;
    }
  }
  for (const result of results) if (result.outcome === "unchecked" && !hasTwin(result, results)) result.outcome = "unsupported";
  return results;
}

// Whether a proof over the text stands beside one over the graph and says the same of who signed, when and for whom: a proof whose
// signature is not looked at adds nothing of its own.
function hasTwin({ proof }, results) {
  const said = ({ cryptosuite: _, proofValue: __, "@context": ___, ...members }) => canonicalize(members);
  return results.some((other) => other.outcome === "holds" && said(other.proof) === said(proof)
    && other.proof.proofValue !== proof.proofValue);
}

async function verifyProof(unsecured, proof, { documents, now, budget, suites }) {
  checkSuite(proof, suites);
  checkOptions(proof);
  const [created, expires] = ["created", "expires"].map((name) => momentOf(proof, name));
  const signature = signatureOf(proof);
  budget.spend(proof.proofValue);
  const method = retrieveMethod(proof.verificationMethod, documents);
  if (method.revoked !== null) throw new Refused("the key was revoked");
  if (method.expires !== null && (created === null || created > method.expires)) throw new Refused("the key was retired before");
  let outcome = "unchecked";
  if (proof.cryptosuite === JCS) {
    if (!(await verifySignature(method.raw, signature, await hashData(unsecured, proof)))) throw new Refused("no match");
    outcome = "holds";
  } else if ("@context" in proof) throw new Refused("a proof of this suite has no @context");
  let untimely = null;
  if (created !== null && created > now + SKEW) untimely = { moment: created, expired: false };
  else if (expires !== null && expires < now - SKEW) untimely = { moment: expires, expired: true };
  return { outcome, untimely };
}

function checkSuite(proof, suites) {
  for (const name of ["type", "cryptosuite"]) {
    if (typeof proof[name] !== "string" || proof[name] === "") {
      if (name === "cryptosuite" && proof.type !== "DataIntegrityProof") break;
      throw new Refused("the proof does not say what it is");
    }
  }
  if (proof.type !== "DataIntegrityProof" || !suites.includes(proof.cryptosuite) || "previousProof" in proof) {
    throw new Unsupported();
  }
}

function checkOptions(proof) {
  if ("id" in proof && !isUrl(proof.id)) throw new Refused("the id of the proof is not a URL");
  if (proof.proofPurpose !== "assertionMethod") throw new Refused("made for another purpose");
  if (!isUrl(proof.verificationMethod)) throw new Refused("the verification method is not a URL");
  const isText = (value) => typeof value === "string";
  const several = Array.isArray(proof.domain) && proof.domain.length > 0 && proof.domain.every(isText);
  if ("domain" in proof && !isText(proof.domain) && !several) throw new Refused("the domain is not text");
  if ("challenge" in proof && !isText(proof.challenge)) throw new Refused("the challenge is not text");
}

function momentOf(proof, name) {
  const moment = name in proof ? parseMoment(proof[name]) : null;
  if (name in proof && moment === null) throw new Refused("not a moment");
  return moment;
}

function signatureOf(proof) {
  const text = proof.proofValue;
  if (typeof text !== "string" || !text.startsWith("z") || text.length > 89) throw new Refused("not a signature");
  const signature = base58Decode(text.slice(1));
  if (signature.length !== 64) throw new Refused("not 64 bytes");
  return signature;
}

// EdDSA Cryptosuites §3.3.2 and §3.3.4: the proof's own @context stands in for the document's, which begins with it.
async function hashData(unsecured, proof) {
  const { proofValue: _, ...config } = proof;
  let signed = unsecured;
  if ("@context" in proof) {
    const [seen, known] = [proof["@context"], unsecured["@context"] ?? []].map((value) => [value].flat());
    if (canonicalize(known.slice(0, seen.length)) !== canonicalize(seen)) throw new Refused("another @context");
    // Contexts behind those could change what the signed words mean, which only RDF can tell: not to be said here.
    if (known.length !== seen.length) throw new Unsupported();
    signed = { ...unsecured, "@context": proof["@context"] };
  }
  return joined(await digest(canonicalize(config)), await digest(canonicalize(signed)));
}

// What is asked of the proofs under our own identifiers (portfolio/vc/verification/proofs.py): one of each suite, made together.
export function ownProofsFault(document, proofs) {
  const suites = proofs.map((proof) => proof.cryptosuite);
  if (!suites.includes(JCS) || !suites.includes(RDFC)) return "missing";
  const context = proofs.find((proof) => proof.cryptosuite === JCS)["@context"];
  const foreign = proofs.some((proof) => Object.keys(proof).some((name) =>
    !(name === "@context" && proof.cryptosuite === JCS) && (!OWN_MEMBERS.includes(name) || typeof proof[name] !== "string")));
  if (foreign || proofs.length !== 2 || context === undefined) return "malformed";
  return canonicalize(context) === canonicalize(document["@context"]) ? null : "malformed";
}
