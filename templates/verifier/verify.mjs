// The steps of a verification, in the order and with the sentences of portfolio/vc/verification. A step is {name, result, reason,
// code}: result is holds, fails or unknown; reason is [sentence, gaps].

import { hex, digest } from "./bytes.mjs";
import { identifierOf, isUrl, objects, typesOf } from "./contexts.mjs";
import { identifierFault } from "./identifiers.mjs";
import { isObject, readJson } from "./json.mjs";
import { modelFault } from "./model.mjs";
import { Budget, JCS, RDFC, verifyProofs } from "./proofs.mjs";
import { Refused } from "./reader.mjs";
import { signatureStep } from "./signature.mjs";
import { verdict } from "./states.mjs";
import { StatusLists, entriesFault } from "./status.mjs";
import { N_, datesStep, statusStep, step, trustStep } from "./steps.mjs";

const DEEPEST_NESTING = 2;
const ESTABLISHING = ["signature", "structure", "issuer"];
const LATER = ["trust", "dates", "status", "schema", "endorsements", "ledger"];

// The verdict on the bytes of a file: {state, reason, steps, document, authentic, nested}. knowledge: what this file holds.
export async function verifyFile(bytes, knowledge, now) {
  let document;
  try {
    document = readJson(bytes);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return unreadable();
  }
  if (!isObject(document) || (!typesOf(document).includes("VerifiableCredential") && !("proof" in document))) {
    return unreadable();
  }
  const lists = new StatusLists({ ...knowledge, now });
  return new Examination(document, { ...knowledge, now, lists, budget: new Budget() }, 0).result();
}

function unreadable() {
  const failed = step("structure", "fails", "unreadable", N_("The file could not be read as a credential."));
  const steps = [...ESTABLISHING, ...LATER].map((name) => (name === "structure" ? failed : notTaken(name)));
  return verdict({ document: null, steps, nested: [] });
}

function notTaken(name) {
  const text = N_("Not checked, because the signature, the form or the signer of the file is not established.");
  return step(name, "unknown", "not_checked", text);
}

class Examination {
  constructor(document, setting, depth) {
    Object.assign(this, { document, setting, depth, nested: [], proofs: [], fault: null });
    this.issuerId = identifierOf(document.issuer);
    this.own = setting.own.includes(this.issuerId);
  }

  async result() {
    const established = [await this.signature(), await this.structure(), this.issuer()];
    const authentic = established.every(({ result }) => result === "holds");
    const later = authentic ? await this.later() : LATER.map(notTaken);
    return verdict({ document: this.document, steps: [...established, ...later], nested: this.nested, authentic });
  }

  async later() {
    const { known, now } = this.setting;
    const untimely = this.proofs.map((proof) => proof.untimely).find((found) => found !== null) ?? null;
    return [
      trustStep(this.document, known[this.issuerId] ?? null, now),
      datesStep(this.document, untimely, now),
      await statusStep(this.document, this.issuerId, this.own ? await this.record() : null, this.setting),
      step("schema", "unknown", "not_part_of_check", N_("The shape of this kind of credential is not part of this check.")),
      await this.endorsed(),
      step("ledger", "unknown", "not_part_of_check", N_("The public log is not part of this check yet.")),
    ];
  }

  // What the school's register said of this credential when the file was made.
  async record() {
    const found = hex(await digest(identifierOf(this.document) ?? ""));
    return Object.hasOwn(this.setting.register, found) ? this.setting.register[found] : null;
  }

  async signature() {
    const { vocabulary, documents, now, budget } = this.setting;
    this.fault = vocabulary.fault(this.document);
    try {
      const suites = this.fault === null ? [JCS, RDFC] : [JCS];
      this.proofs = await verifyProofs(this.document, { documents, now, budget, suites });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return step("signature", "fails", "malformed_proof", N_("The signature of the file is malformed."));
    }
    return signatureStep(this.document, this.proofs, this.own, this.fault !== null);
  }

  async structure() {
    if (this.fault !== null) {
      const text = N_("The file uses words that are not known here, or cannot be brought to the form that is signed.");
      return step("structure", "fails", "unknown_vocabulary", text);
    }
    if ((modelFault(this.document) ?? entriesFault(this.document)) !== null) {
      return step("structure", "fails", "malformed", N_("The file is not built as a credential must be."));
    }
    if ("relatedResource" in this.document) {
      const text = N_("The file names other files with their digests, which this page does not check.");
      return step("structure", "unknown", "not_part_of_check", text);
    }
    if (identifierFault(this.document) !== null) {
      const text = N_("The file names one thing twice and says different things of it: parts may have been exchanged.");
      return step("structure", "fails", "ambiguous", text);
    }
    if (!(await this.nestedHold())) {
      return step("structure", "fails", "nested_altered", N_("A credential inside this record does not hold."));
    }
    return step("structure", "holds", "ok", N_("The file is built as a credential must be."));
  }

  // Whether no credential inside is altered, malformed or too deep; not looked at in a record whose own signature does not hold.
  async nestedHold() {
    const sound = this.proofs.every(({ outcome }) => ["holds", "unchecked"].includes(outcome));
    if (!typesOf(this.document).includes("ClrCredential") || !sound) return true;
    if (this.depth >= DEEPEST_NESTING) return false;
    const members = objects(this.document.credentialSubject).flatMap((subject) =>
      "verifiableCredential" in subject ? [subject.verifiableCredential].flat() : []);
    for (const member of members.filter(isObject)) this.nested.push(await this.inner(member));
    const failed = this.nested.some(({ steps }) => steps.slice(0, 3).some(({ result }) => result === "fails"));
    return members.length === this.nested.length && !failed;
  }

  inner(document) {
    return new Examination(document, this.setting, this.depth + 1).result();
  }

  issuer() {
    if (this.issuerId === null || this.proofs.length === 0) return notTaken("issuer");
    if (this.proofs.some(({ proof }) => !isUrl(proof.verificationMethod) || proof.verificationMethod.split("#")[0] !== this.issuerId)) {
      const text = N_("The file was signed by someone other than the organisation it names.");
      return step("issuer", "fails", "other_signer", text);
    }
    if (this.proofs.some(({ outcome }) => !["holds", "unchecked"].includes(outcome))) {
      const text = N_("Whether the organisation that the file names has signed it cannot be told here.");
      return step("issuer", "unknown", "not_established", text);
    }
    return step("issuer", "holds", "ok", N_("The organisation that the file names has signed it."));
  }

  async endorsed() {
    const inner = this.depth < DEEPEST_NESTING ? objects(this.document.endorsement) : [];
    if (inner.length === 0 && !("endorsementJwt" in this.document)) {
      const text = N_("Nobody else has confirmed this credential inside the file.");
      return step("endorsements", "unknown", "no_endorsements", text);
    }
    const context = this.document["@context"];
    const found = await Promise.all(inner.map((member) => this.inner({ "@context": context, ...member })));
    const decisive = found.flatMap(({ steps }) => steps.slice(0, 6));
    const about = inner.flatMap((member) => objects(member.credentialSubject).map(identifierOf));
    if (about.some((id) => id !== identifierOf(this.document)) || decisive.some(({ result }) => result === "fails")) {
      return step("endorsements", "fails", "endorsement_fails", N_("A confirmation inside the file does not hold."));
    }
    if ("endorsementJwt" in this.document || decisive.some(({ result }) => result !== "holds")) {
      const text = N_("A confirmation inside the file could not be checked.");
      return step("endorsements", "unknown", "endorsement_unknown", text);
    }
    return step("endorsements", "holds", "ok", N_("Every confirmation inside the file holds."));
  }
}
