"use strict";
/* The counter's camera, read by the vendored zxing-wasm; a frame without a code is simply the next
   one's turn. */

/* Watch for codes of one kind; `found` is told each that is seen and says whether to go on. `button`
   is hidden while the camera runs. What goes wrong stands in words beside the picture. */
async function watchCamera(button, format, found) {
  const view = document.getElementById("camera-view");
  const says = document.getElementById("camera-says");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    says.textContent = says.dataset.shut;
    return;
  }
  button.hidden = true;
  view.srcObject = stream;
  view.hidden = false;
  await view.play();
  says.textContent = says.dataset.aim;
  const canvas = document.createElement("canvas");
  const frame = canvas.getContext("2d", { willReadFrequently: true });
  const look = async () => {
    canvas.width = view.videoWidth;
    canvas.height = view.videoHeight;
    frame.drawImage(view, 0, 0);
    const picture = frame.getImageData(0, 0, canvas.width, canvas.height);
    const wanted = { formats: [format], maxNumberOfSymbols: 1 };
    const [seen] = await ZXingWASM.readBarcodes(picture, wanted);
    if (!seen || found(seen.text)) {
      requestAnimationFrame(() => look().catch(giveUp));
      return;
    }
    for (const track of stream.getTracks()) {
      track.stop();
    }
  };
  const giveUp = () => {
    says.textContent = says.dataset.blind;
  };
  look().catch(giveUp);
}

/* Show a button that asks for the camera, where there is one. */
function offerCamera(button, watch) {
  if (button && "ZXingWASM" in window && navigator.mediaDevices) {
    button.hidden = false;
    button.addEventListener("click", watch);
  }
}
