// Elements made by name, text as text: nothing that a file says is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  check: "M4 12.5l5.5 5.5L20 7",
  cross: "M6 6l12 12M18 6L6 18",
  clock: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5.5l3.5 2",
  pause: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M10 9v6M14 9v6",
  question: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9.5 9.7a2.5 2.5 0 1 1 3.4 2.3c-.6.3-.9.7-.9 1.5M12 16.8v.1",
  info: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.5M12 7.7v.1",
  next: "M5 12h14M13 6l6 6l-6 6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  warning: "M12 4L2.8 20h18.4zM12 10v4.5M12 17.3v.1",
};

// element("p.small.quiet", {lang: "ru"}, "text", child, null)
export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const found = document.createElement(tag);
  if (classes.length) found.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) if (value !== null) found.setAttribute(key, value);
  found.append(...children.filter((child) => child !== null));
  return found;
}

function drawing(classes, viewBox, shapes, label = null) {
  const found = document.createElementNS(SVG, "svg");
  found.setAttribute("class", classes);
  found.setAttribute("viewBox", viewBox);
  found.setAttribute(label === null ? "aria-hidden" : "aria-label", label ?? "true");
  if (label !== null) found.setAttribute("role", "img");
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
    found.append(shape);
  }
  return found;
}

export function icon(name, label = null) {
  return drawing("icon", "0 0 24 24", [["path", { d: ICONS[name] }]], label);
}

export function rosette(path) {
  return drawing("rosette large", "0 0 100 100", [["path", { d: path }]]);
}

export function levelBar(level) {
  const boxes = [0, 1, 2, 3].map((place) => {
    return ["rect", { class: place < level ? "on" : "off", x: place * 25.4, width: 23.8, height: 5 }];
  });
  const found = drawing("bar", "0 0 100 5", boxes);
  found.setAttribute("preserveAspectRatio", "none");
  return found;
}
