"use strict";
/* Scanning a card: with a gun, which types it, or with the camera. */

const code = document.getElementById("code");

/* A gun types wherever the focus is: whatever is typed on this page belongs in the box. */
if (code) {
  document.addEventListener("keydown", (event) => {
    const typing = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (typing && event.key !== " " && document.activeElement !== code) {
      code.focus();
    }
  });
}

/* The camera, read by the vendored zxing-wasm; a frame without a code is simply the next one's turn. */
const camera = document.getElementById("camera");

async function scanWithCamera() {
  const view = document.getElementById("camera-view");
  const says = document.getElementById("camera-says");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    says.textContent = "摄像头打不开，请用扫码枪或输入卡号。";
    return;
  }
  camera.hidden = true;
  view.srcObject = stream;
  view.hidden = false;
  await view.play();
  says.textContent = "把二维码对准画面中间。";
  const canvas = document.createElement("canvas");
  const frame = canvas.getContext("2d", { willReadFrequently: true });
  const giveUp = () => {
    says.textContent = "摄像头认不出来，请用扫码枪或输入卡号。";
  };
  const look = async () => {
    canvas.width = view.videoWidth;
    canvas.height = view.videoHeight;
    frame.drawImage(view, 0, 0);
    const picture = frame.getImageData(0, 0, canvas.width, canvas.height);
    // "QRCode" would take a piece of the code for a Micro QR code, once in some thousands.
    const wanted = { formats: ["QRCodeModel2"], maxNumberOfSymbols: 1 };
    const [found] = await ZXingWASM.readBarcodes(picture, wanted);
    if (!found) {
      requestAnimationFrame(() => look().catch(giveUp));
      return;
    }
    for (const track of stream.getTracks()) {
      track.stop();
    }
    code.value = found.text;
    document.getElementById("scan-form").requestSubmit();
  };
  look().catch(giveUp);
}

if (camera && "ZXingWASM" in window && navigator.mediaDevices) {
  camera.hidden = false;
  camera.addEventListener("click", scanWithCamera);
}
