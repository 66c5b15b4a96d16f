// The steps that a genuine file is asked besides: whether its issuer is known, its dates, whether it was revoked.

import { typesOf } from "./contexts.mjs";
import { parseMoment } from "./dates.mjs";
import { validity } from "./model.mjs";
import { entryCode } from "./status.mjs";

const DAY = 24 * 60 * 60 * 1000;
export const FRESH = 30 * DAY; // how long the revocation lists of this file count

// N_: marks an English sentence for translation.
export function N_(sentence) {
  return sentence;
}

export function step(name, result, code, text, gaps = {}) {
  return { name, result, code, reason: [text, gaps] };
}

function day(text) {
  return parseMoment(`${text}T00:00:00Z`);
}

// known: {name, own, kind, agreement, source, since, until, scope} of the issuer, as portfolio/vc/verification/trust.py has it.
export function trustStep(document, known, now) {
  const unknown = (text, gaps) => step("trust", "unknown", "issuer_unknown", text, gaps);
  if (known === null) return unknown(N_("The signature is right, and the organisation that made it is not known here."));
  const { name, source } = known;
  if (known.scope.length && !typesOf(document).some((type) => known.scope.includes(type))) {
    return unknown(N_("{name} is known here, and not for confirmations of this kind."), { name });
  }
  const until = known.until === null ? null : day(known.until);
  if (until !== null && (validity(document)[0] ?? now) >= until + DAY) {
    return unknown(N_("{name} was known here until {until}, and this was made later."), { name, until: { day: until } });
  }
  return step("trust", "holds", "ok", trustReason(known), { name, source, since: known.since && { day: day(known.since) } });
}

function trustReason({ own, kind, agreement, source, since }) {
  if (own) return N_("{name} keeps this register itself.");
  if (source !== null) {
    return since === null
      ? N_("{name} is known here from the list of {source}.")
      : N_("{name} is known here since {since}, from the list of {source}.");
  }
  if (kind === "school") {
    return since === null
      ? N_("{name} is a school of this network.")
      : N_("{name} is a school of this network, known here since {since}.");
  }
  if (since === null) return N_("{name} is known here as a partner.");
  return agreement
    ? N_("{name} is known here as a partner since {since}, with a signed agreement.")
    : N_("{name} is known here as a partner since {since}.");
}

export function datesStep(document, untimely, now) {
  const [start, end] = validity(document);
  if (start !== null && now < start) {
    return step("dates", "fails", "not_yet_valid", N_("Not yet in force: from {valid_from}."), { valid_from: { moment: start } });
  }
  if (end !== null && now > end) {
    return step("dates", "fails", "expired", N_("Expired on {valid_until}."), { valid_until: { moment: end } });
  }
  if (untimely !== null && untimely.expired) {
    const text = N_("The signature was good until {expires}.");
    return step("dates", "fails", "expired", text, { expires: { moment: untimely.moment } });
  }
  if (untimely !== null) {
    const text = N_("Signed at {created}, which is later than now. One of the two clocks is wrong.");
    return step("dates", "fails", "not_yet_valid", text, { created: { moment: untimely.moment } });
  }
  if (end === null) return step("dates", "holds", "ok", N_("In force without an end date."));
  return step("dates", "holds", "ok", N_("In force until {valid_until}."), { valid_until: { moment: end } });
}

const GRAVITY = ["revoked", "superseded", "suspended"];

// record: what the school's register said, {revoked, superseded, suspended}, moments or null.
export async function statusStep(document, issuer, record, { lists, made, now }) {
  const said = recorded(record);
  const entries = "credentialStatus" in document ? [document.credentialStatus].flat() : [];
  const codes = [];
  for (const entry of entries) codes.push(await entryCode(entry, issuer, lists));
  if (codes.includes("revoked")) said.push(step("status", "fails", "revoked", N_("Revoked.")));
  if (codes.includes("suspended")) said.push(step("status", "fails", "suspended", N_("On hold.")));
  if (said.length) {
    return said.reduce((worst, one) => (GRAVITY.indexOf(one.code) < GRAVITY.indexOf(worst.code) ? one : worst));
  }
  const unclear = codes.find((code) => code !== "ok");
  if (unclear !== undefined) return step("status", "unknown", unclear, UNCLEAR[unclear]);
  if (entries.length === 0) {
    const text = N_("The issuer keeps no revocation list for this credential.");
    return step("status", "holds", "no_status", text);
  }
  if (now > made + FRESH) {
    const text = N_("Not revoked on {made}. That is too long ago to rely on: please take a newer copy of this page.");
    return step("status", "unknown", "status_out_of_date", text, { made: { moment: made } });
  }
  return step("status", "holds", "ok", N_("Not revoked and not suspended on {made}."), { made: { moment: made } });
}

const UNCLEAR = {
  unknown_type: N_("Whether it was revoked cannot be told: its kind of revocation list is not known here."),
  unknown_purpose: N_("Whether it was revoked cannot be told: the purpose of its list is not known here."),
  not_available: N_("Whether it was revoked could not be checked: the revocation list is not available here."),
  does_not_hold: N_("Whether it was revoked could not be checked: the revocation list does not hold."),
};

function recorded(record) {
  if (record === null) return [];
  const said = [];
  const { revoked, superseded, suspended } = record;
  if (revoked) {
    const gaps = { revoked_at: { moment: parseMoment(revoked) } };
    said.push(step("status", "fails", "revoked", N_("Revoked on {revoked_at}."), gaps));
  }
  if (superseded) said.push(step("status", "fails", "superseded", N_("A newer version of this credential exists.")));
  if (suspended) {
    const gaps = { suspended_at: { moment: parseMoment(suspended) } };
    said.push(step("status", "fails", "suspended", N_("On hold since {suspended_at}."), gaps));
  }
  return said;
}
