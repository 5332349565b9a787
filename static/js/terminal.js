"use strict";
/* The counter: steppers and a running total for the goods, and the camera as a scanner. */

/* ---- Goods ---- */

const till = document.getElementById("till");

/* Points as whole hundredths, so that sums stay exact. */
function hundredths(text) {
  return Math.round(Number(text) * 100);
}

function addUp() {
  const sum = document.getElementById("sum");
  let total = 0;
  for (const input of till.querySelectorAll("[data-price]")) {
    const quantity = Math.max(0, Math.trunc(Number(input.value) || 0));
    total += quantity * hundredths(input.dataset.price);
    input.closest(".item").classList.toggle("chosen", quantity > 0);
  }
  const short = total > hundredths(sum.dataset.available);
  document.getElementById("total").textContent = String(total / 100);
  document.getElementById("short").hidden = !short;
  sum.classList.toggle("short", short);
  sum.hidden = false;
}

function stepButton(sign, input, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign > 0 ? "+" : "−";
  button.setAttribute("aria-label", `${name} ${sign > 0 ? "加一" : "减一"}`);
  button.addEventListener("click", () => {
    const wanted = (Number(input.value) || 0) + sign;
    input.value = Math.min(Number(input.max), Math.max(0, wanted)) || "";
    addUp();
  });
  return button;
}

if (till) {
  for (const stepper of till.querySelectorAll("[data-stepper]")) {
    const input = stepper.querySelector("input");
    stepper.classList.add("ready");
    stepper.prepend(stepButton(-1, input, stepper.dataset.name));
    stepper.append(stepButton(1, input, stepper.dataset.name));
  }
  till.addEventListener("input", addUp);
  addUp();
}

/* ---- Scanning ---- */

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
    const wanted = { formats: ["QRCode"], maxNumberOfSymbols: 1 };
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
