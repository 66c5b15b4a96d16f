// The page: files in by button or by dropping them anywhere, a record for each, two languages. Nothing leaves the page.

import { Vocabulary } from "./contexts.mjs";
import { parseMoment } from "./dates.mjs";
import { element, icon } from "./elements.mjs";
import { MAXIMUM_BYTES } from "./json.mjs";
import { canVerify } from "./keys.mjs";
import { recordOf } from "./record.mjs";
import { Speech } from "./speech.mjs";
import { FRESH, N_ } from "./steps.mjs";
import { verifyFile } from "./verify.mjs";

const MOST_FILES = 20;
const data = JSON.parse(document.getElementById("data").textContent);
const made = parseMoment(data.made);
const knowledge = { ...data, made, vocabulary: new Vocabulary(data.vocabulary) };
const main = document.getElementById("main");
let speech = new Speech(data.words, "ru", data.zone);
let capable = true;
let checked = []; // [{name, found}]

function draw() {
  const say = (...sentence) => speech.say(...sentence);
  document.documentElement.lang = speech.locale;
  document.title = `${say(N_("Check a file without the internet"))} · ${say(N_("Orientir"))}`;
  document.getElementById("brand").textContent = say(N_("Orientir"));
  document.getElementById("languages").replaceChildren(...languages());
  const input = element("input.input", { id: "files", type: "file", multiple: "", "aria-describedby": "hint-files" });
  input.addEventListener("change", () => check([...input.files]));
  const results = element("div", { id: "results", "aria-live": "polite" });
  main.replaceChildren(
    element("header.heading", {},
      element("h1", {}, say(N_("Check a file without the internet"))),
      element("p.lead", {}, say(N_("The file stays on this computer: it is compared with its signature here and sent nowhere.")))),
    element("div.sheet", {}, element("div.field", {},
      element("label", { for: "files" }, say(N_("The signed file"))),
      element("p.hint", { id: "hint-files" },
        say(N_("Choose confirmations or whole portfolios as JSON, or drop them anywhere on this page. Up to 20 at once, 8 MB each."))),
      input)),
    ...notices(),
    results);
  return showResults(results);
}

function languages() {
  return [["ru", "Русский"], ["en", "English"]].map(([code, name]) => {
    if (code === speech.locale) return element("span", { "aria-current": "true", lang: code }, name);
    const button = element("button.linklike", { type: "button", lang: code }, name);
    button.addEventListener("click", () => {
      speech = new Speech(data.words, code, data.zone);
      draw().then(() => document.querySelector("#languages button").focus());
    });
    return button;
  });
}

function notices() {
  const found = [["info", "info", N_("This page was made by {school}. What it knows of revocations is true as of {moment}."),
    { school: data.school, moment: { moment: made } }]];
  if (!capable) {
    found.push(["fails", "cross", N_("This browser cannot check signatures of the kind Ed25519. Please take a newer one."), {}]);
  }
  if (Date.now() > made + FRESH) {
    found.push(["caution", "warning", N_("This copy is more than 30 days old. Please take a newer one from the school."), {}]);
  }
  if (Date.now() < made - FRESH / 30) {
    found.push(["caution", "warning", N_("The clock of this computer is behind: this page was made later than it says."), {}]);
  }
  return found.map(([tone, symbol, ...sentence]) => element(`div.notice.spaced.${tone}`, {}, icon(symbol),
    element("div", {}, element("p", {}, speech.say(...sentence)))));
}

async function showResults(results) {
  const records = [];
  for (const { name, found } of checked) records.push(await recordOf(name, found, speech, made));
  results.replaceChildren(...records);
}

async function check(files) {
  if (!capable || files.length === 0) return;
  const now = Math.max(Date.now(), made); // a clock that is behind does not bring back what has expired
  const found = [];
  for (const file of files.slice(0, MOST_FILES)) {
    const start = await file.slice(0, MAXIMUM_BYTES + 1).arrayBuffer();
    found.push({ name: file.name, found: await verifyFile(new Uint8Array(start), knowledge, now) });
  }
  checked = found;
  await showResults(document.getElementById("results"));
}

for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    if (kind === "drop") check([...event.dataTransfer.files]);
  });
}
draw();
canVerify().then((able) => {
  capable = able;
  if (!able) draw();
});
