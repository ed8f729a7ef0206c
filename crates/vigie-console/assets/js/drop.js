// @ts-check
// Dropping a file onto the form that takes one. Without this, the same form has a button to choose it.

/** Lets files be dropped on every form that says so. */
export function takeDrops() {
  for (const form of document.querySelectorAll("form[data-drop]")) {
    if (form instanceof HTMLFormElement) take(form);
  }
}

/** @param {HTMLFormElement} form */
function take(form) {
  const field = form.querySelector('input[type="file"]');
  if (!(field instanceof HTMLInputElement)) return;
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
