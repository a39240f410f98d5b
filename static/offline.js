// Back online, the page that was wanted takes the place of the one that says
// that there is no network. The worker answered under its address, so loading
// it once more is all that has to be done.
window.addEventListener("online", () => location.reload());
