// The form for files works without this file. With it: files may be dropped anywhere on the page, and a second press of the
// button does nothing.

const form = document.getElementById("check");
const field = document.getElementById("field-file");

if (form && field) {
  const stop = (event) => {
    if (event.dataTransfer && [...event.dataTransfer.types].includes("Files")) {
      event.preventDefault();
      form.classList.toggle("over", event.type === "dragover");
    }
  };
  document.addEventListener("dragover", stop);
  document.addEventListener("dragleave", stop);
  document.addEventListener("drop", (event) => {
    stop(event);
    if (event.dataTransfer && event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      field.focus();
    }
  });

  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
    }
    sent = true;
  });
  // Coming back by the browser's own button brings back a page that was sent already.
  window.addEventListener("pageshow", () => {
    sent = false;
  });
}
