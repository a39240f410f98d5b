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
  // No letter gets in, but for the Rp of what is pasted, and a sentence says so:
  // of "150rb" neither 150 nor nothing may be left without a word.
  const letters = document.querySelector("[data-amount-letters]");
  amount.addEventListener("beforeinput", (event) => {
    if (!event.data) return;
    const text = event.data.replace(/^\s*rp\.?\s*/i, "");
    letters.hidden = !/\p{L}/u.test(text);
    if (letters.hidden && text === event.data) return;
    event.preventDefault();
    if (!letters.hidden) return;
    amount.setRangeText(text, amount.selectionStart, amount.selectionEnd, "end");
    amount.dispatchEvent(new Event("input", { bubbles: true }));
  });
  amount.addEventListener("input", regroup);
  regroup();

  // The limits under the amount stand out once the cashier has gone on from one
  // beyond them: of 150.000 neither 1 nor 15 is a mistake. Nothing moves.
  const limits = document.querySelector("[data-most]");
  if (limits) {
    amount.form.addEventListener("focusin", ({ target }) => {
      const sum = Number(digitsOf(amount.value));
      const gone = sum > 0 && !target.closest(".sale-amount, .amount-field");
      limits.toggleAttribute("data-out", gone && (sum < limits.dataset.least || sum > limits.dataset.most));
    });
  }

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
    keypad.disabled = false; // a tap before now would have been lost
  }
}

// A receipt's foot as it is printed: lines of 40 letters, broken between words
// where possible and where the text has a line break. The server, which breaks
// it for DOKU, has the last word.
const lineLength = 40;
function wrapped(message) {
  const text = message.replaceAll("\r\n", "\n").replace(/^[\n ]+|[\n ]+$/g, "");
  if (!text) return [];
  const lines = [];
  for (const paragraph of text.split("\n")) {
    let line = [];
    for (const word of paragraph.split(/\s+/)) {
      let letters = [...word];
      if (!letters.length) continue;
      if (line.length) {
        if (line.length + 1 + letters.length <= lineLength) {
          line.push(" ", ...letters);
          continue;
        }
        lines.push(line.join(""));
      }
      for (; letters.length > lineLength; letters = letters.slice(lineLength)) lines.push(letters.slice(0, lineLength).join(""));
      line = letters;
    }
    lines.push(line.join(""));
  }
  return lines;
}

// <output data-counts="field id" data-max="40" data-over-id="sentence">:
// "12/40", and why, once it is too much. Letters are counted as people count
// them, not as UTF-16; with data-lines, printed lines are counted as well.
for (const output of document.querySelectorAll("[data-counts]")) {
  const field = document.getElementById(output.dataset.counts);
  const over = document.getElementById(output.dataset.overId);
  const max = Number(output.dataset.max);
  const lines = Number(output.dataset.lines ?? Infinity);
  const count = () => {
    const length = [...field.value].length;
    const tooMuch = length > max || wrapped(field.value).length > lines;
    output.textContent = length ? `${length}/${max}` : "";
    output.dataset.state = tooMuch ? "over" : "";
    if (over) over.hidden = !tooMuch;
  };
  field.addEventListener("input", count);
  count();
}

// What the till will show and print, while it is typed.
const preview = document.querySelector("[data-preview]");
if (preview) {
  const form = preview.closest("form");
  const foot = preview.querySelector("[data-foot]");
  const show = () => {
    for (const output of preview.querySelectorAll("[data-shows]")) {
      const value = form.elements[output.dataset.shows].value.trim();
      const digits = digitsOf(value);
      output.textContent = output.dataset.shows === "amount" && digits && !/[^\d.]/.test(value) ? `Rp${grouped(digits)}` : value || "-";
    }
    foot.textContent = wrapped(form.elements.footer_message.value).slice(0, 3).join("\n");
  };
  form.addEventListener("input", show);
  preview.hidden = false;
  show();
}

// A number of the shop's own is asked for only where there is one, so that one
// left behind is not posted with the wrong kind.
const modes = document.querySelector("[data-modes]");
if (modes) {
  const number = document.getElementById("f-payment_code");
  const choose = () => {
    number.disabled = modes.querySelector(":checked")?.value === "dgpc" && !number.hasAttribute("aria-invalid");
    number.closest(".field").hidden = number.disabled;
  };
  modes.addEventListener("change", choose);
  choose();
}
