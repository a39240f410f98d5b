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
