// A keypad that writes into the PIN's field. The form works without it.
const pin = document.querySelector("input[name=pin]");
const keys = document.querySelector("[data-pin-keys]");

// With keys of our own on a touch screen, the phone's keyboard would only cover
// them.
if (matchMedia("(pointer: coarse)").matches) pin.inputMode = "none";
keys.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (!key) return;
  pin.value = key === "back" ? pin.value.slice(0, -1) : (pin.value + key).slice(0, 6);
});
keys.disabled = false; // a tap before now would have been lost
