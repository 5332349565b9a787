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

const cardCamera = document.getElementById("camera");

offerCamera(cardCamera, () => {
  // "QRCode" would take a piece of the code for a Micro QR code, once in some thousands.
  watchCamera(cardCamera, "QRCodeModel2", (text) => {
    code.value = text;
    document.getElementById("scan-form").requestSubmit();
    return false;
  });
});
