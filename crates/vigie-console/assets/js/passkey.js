// @ts-check
// Passkeys: hands what the server asks to the authenticator, and what it answers to the server.
//
// A form with `data-passkey` ("create" or "get") is sent once the authenticator has answered; `data-begin` is where its
// first half is asked for. Where `data-finish` is given, the answer goes there, and the form goes on by itself to what the
// person wanted. Passkeys are the one thing here that needs a script.

/** Has the forms of passkeys ask the authenticator before they are sent. */
export function offerPasskeys() {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (form instanceof HTMLFormElement) offer(form);
  }
}

/** @param {HTMLFormElement} form */
function offer(form) {
  const button = form.querySelector("button");
  if (!(button instanceof HTMLButtonElement)) return;
  button.disabled = !("PublicKeyCredential" in window) || !("parseCreationOptionsFromJSON" in PublicKeyCredential);
  say(form, button.disabled ? "unsupported" : "");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say(form, "");
    try {
      await perform(form);
    } catch (error) {
      say(form, error instanceof DOMException && error.name === "InvalidStateError" ? "known" : "undone");
      button.disabled = false;
    }
  });
}

/**
 * Both halves of a ceremony.
 * @param {HTMLFormElement} form
 */
async function perform(form) {
  const { ceremony, options } = await (await post(form.dataset.begin ?? "")).json();
  const credential = await ask(form.dataset.passkey ?? "", options.publicKey);
  if (!(credential instanceof PublicKeyCredential)) throw new Error("the authenticator gave nothing");
  const answer = { ceremony, credential: JSON.stringify(credential.toJSON()) };
  if (form.dataset.finish) {
    await post(form.dataset.finish, new URLSearchParams(answer));
  } else {
    for (const [name, value] of Object.entries(answer)) carry(form, name, value);
  }
  // Called so, the form is sent without asking again.
  form.submit();
}

/**
 * @param {string} kind
 * @param {any} options as the server writes them
 */
function ask(kind, options) {
  return kind === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

/**
 * @param {string} address
 * @param {URLSearchParams} [body]
 */
async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer;
}

/**
 * Adds a hidden field.
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function carry(form, name, value) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  form.append(field);
}

/**
 * Shows one of the form's remarks, and hides the others.
 * @param {HTMLFormElement} form
 * @param {string} remark its name; none hides all
 */
function say(form, remark) {
  for (const said of form.querySelectorAll("[data-said]")) {
    if (said instanceof HTMLElement) said.hidden = said.dataset.said !== remark;
  }
}
