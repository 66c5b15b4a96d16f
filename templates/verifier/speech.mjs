// Says English sentences in the reader's language, with moments in the school's local time.

export class Speech {
  // words: English sentence → Russian.
  constructor(words, locale, zone) {
    Object.assign(this, { words, locale, zone });
  }

  say(sentence, gaps = {}) {
    const text = this.locale === "ru" ? this.words[sentence] ?? sentence : sentence;
    return text.replaceAll(/\{(\w+)\}/g, (gap, name) => (name in gaps ? this.value(gaps[name]) : gap));
  }

  // A gap's content: text, {moment} or {day} in milliseconds.
  value(found) {
    if (found === null || typeof found !== "object") return String(found ?? "");
    return "moment" in found ? this.moment(found.moment) : this.day(found.day, "UTC");
  }

  day(milliseconds, zone = this.zone) {
    const options = { dateStyle: "long", timeZone: zone };
    return new Intl.DateTimeFormat(this.locale === "ru" ? "ru" : "en-GB", options).format(new Date(milliseconds));
  }

  moment(milliseconds) {
    const options = { timeStyle: "short", timeZone: this.zone };
    return `${this.day(milliseconds)}, ${new Intl.DateTimeFormat("en-GB", options).format(new Date(milliseconds))}`;
  }

  period(start, end) {
    const options = { dateStyle: "long", timeZone: this.zone };
    const format = new Intl.DateTimeFormat(this.locale === "ru" ? "ru" : "en-GB", options);
    return format.formatRange(new Date(start), new Date(end));
  }
}
