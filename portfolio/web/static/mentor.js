// The mentor's form works without this file. With it: choosing a programme takes it at once, and a second press of a
// button that is already at work does nothing.

const form = document.getElementById("award");

if (form) {
  const take = form.querySelector('button[name="step"][value="programme"]');

  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "programme" && take) {
      form.requestSubmit(take);
    }
    if (event.target instanceof HTMLSelectElement && event.target.name === "class") {
      form.requestSubmit(form.querySelector('button[name="step"][value="find"]'));
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
