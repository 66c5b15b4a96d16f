// One file's verdict as the school's pages show it: the band, the facts that the signature covers, the checks, the details.

import { hex } from "./bytes.mjs";
import { identifierOf } from "./contexts.mjs";
import { element, icon, levelBar, rosette } from "./elements.mjs";
import { readFacts } from "./facts.mjs";
import { INFORMING, LEVELS, STEPS, lookOf } from "./looks.mjs";
import { rosettePath } from "./rosette.mjs";
import { N_ } from "./steps.mjs";

// The section of one file. made: the moment that this page is true of.
export async function recordOf(name, found, speech, made) {
  const facts = found.authentic ? await readFacts(found.document) : null;
  const look = lookOf(found);
  const article = element("article.record", {},
    band(look, facts, speech, made),
    element("div.record-body", {}, ...(look.tone === "holds" ? [] : [remark(look, found, speech)]), ...body(facts, speech, found.state === "issuer_unknown")));
  const inside = found.authentic && found.nested.length ? await insideOf(found.nested, speech) : null;
  return element("section.section", { "data-state": found.state, "aria-label": name },
    element("h2.mono", {}, name),
    element("div.with-margin", {},
      element("div.stack-wide", {}, article, inside),
      element("aside.stack-wide", {}, checks(found.steps, speech), details(found, facts, speech))));
}

function band(look, facts, speech, made) {
  const gaps = { date: speech.day(made), moment: speech.moment(made) };
  const headline = element(facts === null ? "h3" : "strong", {}, speech.say(look.headline));
  const asOf = element("span", {}, speech.say(N_("true as of {moment}"), gaps));
  return element(`div.band.${look.tone}`, { role: "status" }, icon(look.icon), element("div", {}, headline, asOf));
}

function remark(look, found, speech) {
  const advice = look.advice === null ? null : element("p", {}, speech.say(look.advice));
  return element(`div.notice.remark.${look.tone}`, {}, icon("info"),
    element("div", {}, element("p", {}, element("b", {}, speech.say(...found.reason))), advice));
}

function body(facts, speech, unknown) {
  if (facts === null) return [];
  const lang = facts.language === speech.locale ? null : facts.language;
  const signed = (text) => element("span", { lang }, text);
  const by = [facts.assessor, facts.organisation].filter((text) => text !== null).join(", ");
  const levels = facts.levels.map(({ title, name, level }) => element("li.skill-line", {},
    element("div.row.spread", {}, element("b", { lang }, title),
      element("span", {}, level === null ? name : speech.say(LEVELS[level]))),
    level === null ? null : levelBar(level)));
  const rows = [
    [N_("Confirmed by"), by && signed(by)],
    [unknown ? N_("Calls itself") : N_("Issued by"), facts.issuer && signed(facts.issuer)],
    [N_("Practice"), facts.start !== null && facts.end !== null && speech.period(facts.start, facts.end)],
    [N_("Hours"), facts.hours !== null && String(facts.hours)],
    [N_("Issued on"), facts.issued !== null && speech.day(facts.issued)],
    [N_("Valid until"), facts.until !== null && speech.day(facts.until)],
  ];
  return [
    element("header.record-head", {},
      element("h3.title", { lang }, facts.title ?? speech.say(N_("Confirmation"))),
      rosette(rosettePath(facts.fingerprint)),
      element("p.person", { lang }, facts.person ?? speech.say(N_("Name not given")))),
    element("hr"),
    factList(rows, speech),
    ...(levels.length ? [element("hr"), element("h4", {}, speech.say(N_("Skills, as the mentor saw them"))),
      element("ul.skills.levels", {}, ...levels)] : []),
    ...[facts.description, facts.narrative, facts.criteria].filter((text) => text !== null).map((text) =>
      element("p.measure.spaced", { lang }, text)),
  ];
}

function factList(rows, speech, classes = "") {
  return element(`dl.facts${classes}`, {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) =>
    [element("dt", {}, speech.say(name)), element("dd", {}, value)]));
}

function checks(steps, speech) {
  const looks = {
    holds: ["holds", "check", N_("yes")],
    fails: ["fails", "cross", N_("no")],
    unknown: ["unknown", "question", N_("not checked")],
  };
  const lines = steps.map(({ name, result, reason }) => {
    const informs = result === "unknown" && INFORMING.includes(name);
    const [tone, symbol, word] = informs ? ["unknown", "info", N_("for information")] : looks[result];
    return element(`li.${tone}`, { "data-step": name, "data-result": result }, icon(symbol, speech.say(word)),
      element("div", {}, element("b", {}, speech.say(STEPS[name])), element("span", {}, speech.say(...reason))));
  });
  return element("section", {}, element("h3", {}, speech.say(N_("What was checked"))), element("ul.checks", {}, ...lines));
}

function details(found, facts, speech) {
  const mono = (text) => element("span.mono", {}, text);
  const rows = facts === null ? [] : [["id", mono(identifierOf(found.document) ?? "")],
    ["issuer", mono(identifierOf(found.document.issuer))], ["sha256", mono(hex(facts.fingerprint))]];
  const list = factList([...rows, [N_("State"), mono(found.state)]], speech, ".tall");
  return element("details", {}, element("summary", {}, speech.say(N_("Technical details"))), list);
}

async function insideOf(nested, speech) {
  const lines = [];
  for (const inner of nested) {
    const look = lookOf(inner);
    const facts = inner.authentic ? await readFacts(inner.document) : null;
    const when = facts?.start && facts?.end ? ` · ${speech.period(facts.start, facts.end)}` : "";
    lines.push(element("li.sheet.entry", { "data-state": inner.state }, element("div.entry-text", {},
      element(`span.badge.${look.tone}`, {}, icon(look.icon), speech.say(look.headline)),
      facts && element("h4", {}, facts.title ?? speech.say(N_("Confirmation"))),
      facts && element("p.small.quiet", {}, `${facts.issuer ?? ""}${when}`),
      inner.verified ? null : element("p", {}, speech.say(...inner.reason)))));
  }
  return element("section", {}, element("h3", {}, speech.say(N_("Confirmations inside"))), element("ul.timeline", {}, ...lines));
}
