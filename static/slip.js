// The print button of the slip. Without scripts the browser's own menu prints.
const print = document.getElementById("print");
if (print) {
  print.disabled = false;
  print.addEventListener("click", () => window.print());
}
