// How a state looks: tone, icon and word together, with the sentences of the school's own pages.

import { N_ } from "./steps.mjs";

const HEADLINES = {
  valid: N_("Verified"),
  issuer_unknown: N_("Signature valid, issuer not known to us"),
  status_unknown: N_("Valid signature, revocation not checked"),
  not_yet_valid: N_("Not valid yet"),
  expired: N_("Expired"),
  suspended: N_("On hold"),
  superseded: N_("A newer version exists"),
  revoked: N_("Revoked"),
  altered: N_("The content was changed after issue"),
  unreadable: N_("This cannot be read as a confirmation"),
};
const TONES = {
  valid: ["holds", "check"],
  issuer_unknown: ["caution", "question"],
  status_unknown: ["caution", "question"],
  not_yet_valid: ["caution", "clock"],
  expired: ["caution", "clock"],
  suspended: ["caution", "pause"],
  superseded: ["caution", "next"],
  revoked: ["fails", "cross"],
  altered: ["fails", "cross"],
  unreadable: ["unknown", "file"],
};
const ADVICE = {
  issuer_unknown: N_("The file is intact. Whether the organisation is the one you mean, ask it yourself."),
  status_unknown: N_("The file is intact. Whether it is still in force, see on the school’s own page, or take a newer copy of this one."),
  not_yet_valid: N_("It is signed and will count from that day."),
  expired: N_("What was done stays done; the confirmation was given for a time only."),
  suspended: N_("The school has put it on hold while something is being cleared up. Ask the school."),
  superseded: N_("The school has issued a corrected one; please look at that."),
  revoked: N_("The school has withdrawn it for good. Please do not rely on it."),
  altered: N_("Nothing in this file can be relied on, so nothing of it is shown. Ask for the original file."),
  unreadable: N_("Ask for the original file, not a photo or a picture of the screen."),
};
const UNSIGNED = N_("Who made this file cannot be told here, so nothing of it is shown. Check it on the school’s own page.");
export const STEPS = {
  signature: N_("Signature"),
  structure: N_("Form of the document"),
  issuer: N_("Organisation that signed"),
  trust: N_("Whether we know it"),
  dates: N_("Dates"),
  status: N_("Not revoked"),
  schema: N_("Open Badges format"),
  endorsements: N_("Mentor’s own signature"),
  ledger: N_("Public journal"),
};
export const INFORMING = ["schema", "endorsements", "ledger"];
export const LEVELS = { 1: N_("with help"), 2: N_("following an example"), 3: N_("independently"), 4: N_("teaches others") };

// {tone, icon, headline, advice} of a verdict; a file whose signature could not be checked is not called intact.
export function lookOf({ state, authentic }) {
  const [tone, icon] = TONES[state];
  const unsigned = state === "issuer_unknown" && !authentic;
  return {
    tone: unsigned ? "unknown" : tone,
    icon,
    headline: unsigned ? N_("Could not be checked here") : HEADLINES[state],
    advice: unsigned ? UNSIGNED : ADVICE[state] ?? null,
  };
}
