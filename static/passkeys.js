// Passkeys: adding one on the account page, signing in with one. Without them,
// or without scripts, the buttons stay hidden and passwords do it all.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(path, fields) {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.problem ?? "");
  return said;
}

// A credential as the server reads it: each buffer in base64url.
function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const transports = credential.response.getTransports?.();
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
    ...(transports ? { transports } : {}), clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function add(form) {
  const { publicKey } = await post("/account/passkeys/begin", new FormData(form));
  publicKey.challenge = bytes(publicKey.challenge);
  publicKey.user.id = bytes(publicKey.user.id);
  for (const other of publicKey.excludeCredentials ?? []) other.id = bytes(other.id);
  return post("/account/passkeys", { credential: written(await navigator.credentials.create({ publicKey })) });
}

async function signIn(form) {
  const { publicKey } = await post("/login/passkey/begin", {});
  publicKey.challenge = bytes(publicKey.challenge);
  for (const known of publicKey.allowCredentials ?? []) known.id = bytes(known.id);
  const credential = written(await navigator.credentials.get({ publicKey }));
  return post("/login/passkey", { credential, next: form.elements.next?.value ?? "" });
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[data-problem]");
    problem.hidden = true;
    try {
      const { to } = await (form.dataset.passkey === "add" ? add : signIn)(form);
      location.assign(to);
    } catch (error) {
      form.removeAttribute("aria-busy");
      problem.querySelector("p").textContent = error.name === "Error" && error.message ? error.message : form.dataset.failed;
      problem.hidden = false;
    }
  });
}
