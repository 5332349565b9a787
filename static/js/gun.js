"use strict";
/* A barcode gun types a code and presses Enter, wherever the focus is; what it typed into a field is
   taken out again, and no button is pressed. This is loaded before anything of the page is seen, for
   the gun does not wait: what it read before the rest was there is told as soon as somebody hears. */

/* Seven signs in one place are a gun's: no PIN and no quantity is as long, and a slow device may take
   its time. Of more than thirteen digits the last ones are the code. */
const GUN_DIGITS = 13;
const SHORTEST = 7;
let typed = [];
let unheard = [];
let heard = (code) => unheard.push(code);

function hearGun(listener) {
  heard = listener;
  for (const code of unheard.splice(0)) {
    listener(code);
  }
}

function shot() {
  const here = typed.at(-1)?.target;
  const first = typed.findLastIndex((key) => key.target !== here) + 1;
  const keys = typed.slice(first);
  const digits = keys.slice(-GUN_DIGITS);
  const goods = digits.length === GUN_DIGITS && digits.every((key) => /[0-9]/.test(key.sign));
  const shown = goods ? digits : keys;
  return shown.length < SHORTEST
    ? null
    : { text: shown.map((key) => key.sign).join(""), ...shown[0] };
}

document.addEventListener("keydown", (event) => {
  // The box for a card takes what is typed or shot into it as it is.
  if (event.key === "Shift" || event.target.id === "code") {
    return;
  }
  if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = event.target.matches("input") ? event.target : null;
    typed.push({ sign: event.key, target: event.target, field, value: field?.value });
    typed = typed.slice(-64);
    return;
  }
  const code = event.key === "Enter" ? shot() : null;
  typed = [];
  if (code) {
    event.preventDefault();
    if (code.field) {
      code.field.value = code.value;
    }
    heard(code.text);
  }
}, true);
