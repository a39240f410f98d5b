// The counter's form: a keypad that writes into the amount, digits grouped as
// they are typed, and counts under fields that have a limit. The form works
// without any of it.

const digitsOf = (text) => text.replace(/\D/g, "").replace(/^0+(?=\d)/, "");
const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ".");

const amount = document.querySelector("[data-amount]");

// Rewrites the amount with dots and keeps the caret behind the same digit.
function regroup() {
  const caret = amount.selectionStart ?? amount.value.length;
  const behind = amount.value.slice(caret).replace(/\D/g, "").length;
  // A comma, a minus or a letter is the cashier's mistake to be told of by the
  // server, not to be swallowed: "15,5" must not silently become 155.
  if (/[^\d.\s]/.test(amount.value.replace(/^\s*rp\.?\s*/i, ""))) return;
  const text = grouped(digitsOf(amount.value));
  if (text === amount.value) return;
  amount.value = text;
  let at = text.length;
  for (let left = behind; left > 0 && at > 0; at--) if (/\d/.test(text[at - 1])) left--;
  if (document.activeElement === amount) amount.setSelectionRange(at, at);
}

if (amount) {
  amount.addEventListener("input", regroup);
  regroup();

  const keypad = document.querySelector("[data-keypad]");
  if (keypad) {
    // With keys of our own on a touch screen, the phone's keyboard would only
    // cover them. A mouse means a real keyboard, which must keep working.
    if (matchMedia("(pointer: coarse)").matches) amount.inputMode = "none";
    keypad.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]");
      if (!key) return;
      const digits = digitsOf(amount.value);
      const next = key.dataset.key === "back" ? digits.slice(0, -1) : digitsOf(digits + key.dataset.key);
      if (next.length > 12) return;
      amount.value = grouped(next === "0" ? "" : next);
      amount.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

// <output data-counts="field id" data-max="40" data-over="sentence">: "12/40",
// and why, once it is too much. Letters are counted as people count them, not
// as UTF-16.
for (const output of document.querySelectorAll("[data-counts]")) {
  const field = document.getElementById(output.dataset.counts);
  const over = document.getElementById(output.dataset.overId);
  const max = Number(output.dataset.max);
  const count = () => {
    const length = [...field.value].length;
    output.textContent = length ? `${length}/${max}` : "";
    output.dataset.state = length > max ? "over" : "";
    if (over) over.hidden = length <= max;
  };
  field.addEventListener("input", count);
  count();
}
