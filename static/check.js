// A yes rises, anything else falls: heard across a counter, where the browser
// lets a page be heard: where somebody has touched it, or the page before it
// that led here. Elsewhere the browser would only complain.
const touched = () => navigator.userActivation?.hasBeenActive ?? true;
addEventListener("pagehide", () => sessionStorage.setItem("touched", touched() ? "yes" : ""));
const proof = document.querySelector("[data-proof]");
if (proof && window.AudioContext && (touched() || sessionStorage.getItem("touched"))) {
  const context = new AudioContext();
  (proof.dataset.proof === "yes" ? [660, 990] : [330, 220]).forEach((frequency, i) => {
    const tone = context.createOscillator();
    const gain = context.createGain();
    gain.gain.value = 0.2;
    tone.frequency.value = frequency;
    tone.connect(gain).connect(context.destination);
    tone.start(context.currentTime + i * 0.2);
    tone.stop(context.currentTime + i * 0.2 + 0.18);
  });
}

// The check screen: the camera reads a customer's QR code where the browser
// can; typing works everywhere.
const scan = document.getElementById("scan");
const camera = document.getElementById("camera");
if (scan && camera && window.BarcodeDetector && navigator.mediaDevices) {
  scan.hidden = false;
  scan.addEventListener("click", async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream) return;
    scan.hidden = true;
    camera.hidden = false;
    camera.srcObject = stream;
    await camera.play();
    const detector = new BarcodeDetector({ formats: ["qr_code", "code_128"] });
    const look = async () => {
      const seen = await detector.detect(camera).catch(() => []);
      if (seen.length === 0) return setTimeout(look, 200);
      stream.getTracks().forEach((track) => track.stop());
      location.assign(`/check?q=${encodeURIComponent(seen[0].rawValue)}`);
    };
    look();
  });
}
