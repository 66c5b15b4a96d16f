// The step *signature*, from what came out of the proofs.

import { ownProofsFault } from "./proofs.mjs";
import { N_, step } from "./steps.mjs";

// own: it is under one of the school's own identifiers, where nothing is beyond telling; meaningless: its words are not known.
export function signatureStep(document, results, own, meaningless) {
  const said = (result, code, text) => step("signature", result, code, text);
  if (results.length === 0) return said("fails", "no_proof", N_("The file has no signature."));
  const outcomes = results.map(({ outcome }) => outcome);
  const looked = (outcome) => outcome === "holds" || outcome === "unchecked";
  if (outcomes.includes("fails") || (own && !outcomes.every(looked))) {
    const text = N_("The file was changed after it was signed, or the signature is not its own.");
    return said("fails", "proof_verification_error", text);
  }
  if (outcomes.includes("unresolvable")) {
    const text = N_("The signature could not be checked: the key of the organisation is not available here.");
    return said("unknown", "unresolvable_identifier", text);
  }
  const fault = own ? ownProofsFault(document, results.map(({ proof }) => proof)) : null;
  if (fault === "missing") return said("fails", "proof_missing", N_("One of the two signatures of this file is missing."));
  if (fault !== null) return said("fails", "malformed_proof", N_("The signature of the file is malformed."));
  if (!outcomes.every(looked) || !outcomes.includes("holds")) {
    const text = meaningless
      ? N_("The signature could not be checked: what the file says has no meaning here.")
      : N_("The signature could not be checked: it is of a kind that is not known here.");
    return said("unknown", "unsupported_proof", text);
  }
  if (!outcomes.includes("unchecked")) return said("holds", "ok", N_("Nothing in the file was changed after it was signed."));
  const text = N_("Nothing in the file was changed after it was signed. A second signature over the same content is there, which only the school’s own page can check.");
  return said("holds", "one_of_two", text);
}
