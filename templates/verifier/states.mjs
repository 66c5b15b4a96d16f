// The one word that comes out of the steps: portfolio/vc/validation.py, with its precedence.

import { N_ } from "./steps.mjs";

const PRECEDENCE = ["unreadable", "altered", "revoked", "superseded", "suspended", "expired", "not_yet_valid", "status_unknown",
  "issuer_unknown", "valid"];
const DECISIVE = ["signature", "structure", "issuer", "trust", "dates", "status"];
const INDISPENSABLE = ["signature", "structure", "issuer"];
const ALTERED = ["ambiguous", "nested_altered", "other_signer"];
const UNCERTAIN = ["signature", "structure", "issuer", "trust"];

// {state, verified, reason, …}: found is {document, steps, nested, authentic}.
export function verdict(found) {
  const altered = found.steps[0].result === "fails";
  const speaking = found.steps
    .filter(({ name, result }) => DECISIVE.includes(name) && result !== "holds")
    .map((one) => ({ state: stateOf(one, altered), reason: one.reason }));
  speaking.sort((one, other) => PRECEDENCE.indexOf(one.state) - PRECEDENCE.indexOf(other.state));
  const valid = [N_("Genuine and in force. The organisation that signed it is known here."), {}];
  const { state, reason } = speaking[0] ?? { state: "valid", reason: valid };
  return { authentic: false, ...found, state, verified: state === "valid", reason };
}

function stateOf({ name, result, code }, altered) {
  if (ALTERED.includes(code) || (altered && INDISPENSABLE.includes(name))) return "altered";
  if (code === "not_checked") return "issuer_unknown";
  if (result === "unknown") return UNCERTAIN.includes(name) ? "issuer_unknown" : "status_unknown";
  if (name === "dates" || name === "status") return code;
  return name === "structure" ? "unreadable" : "altered";
}
