"use strict";
/* The counter: steppers and a running total, a barcode gun that puts goods in, and a redemption that
   is never called done before the server said so. Every page works without this. */

/* ---- Goods ---- */

/* Points as whole hundredths, so that sums stay exact. */
function hundredths(text) {
  return Math.round(Number(text) * 100);
}

function addUp(till) {
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

function step(input, by) {
  const wanted = Math.min(Number(input.max), Math.max(0, (Number(input.value) || 0) + by));
  const moved = wanted !== (Number(input.value) || 0);
  input.value = wanted || "";
  addUp(input.form);
  return moved;
}

function stepButton(sign, input, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign > 0 ? "+" : "−";
  button.setAttribute("aria-label", `${name} ${sign > 0 ? "加一" : "减一"}`);
  button.addEventListener("click", () => step(input, sign));
  return button;
}

function openTill(till) {
  for (const stepper of till.querySelectorAll("[data-stepper]")) {
    const input = stepper.querySelector("input");
    stepper.classList.add("ready");
    stepper.prepend(stepButton(-1, input, stepper.dataset.name));
    stepper.append(stepButton(1, input, stepper.dataset.name));
  }
  till.addEventListener("input", () => addUp(till));
  whenSent(till, () => `${document.getElementById("total").textContent} 分`);
  addUp(till);
}

/* Both ways to a receipt go through `send`: what is chosen, and what was set aside. */
function openForms() {
  const till = document.getElementById("till");
  if (till) {
    openTill(till);
  }
  for (const kept of document.querySelectorAll(".kept form")) {
    whenSent(kept, () => kept.getAttribute("aria-label"));
  }
}

function whenSent(form, what) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, what());
  });
}

/* ---- Sound ---- */

/* Two tones for what went in or through, one low tone for what did not. */
function sound(good) {
  try {
    const audio = new AudioContext();
    const tones = good ? [[880, 0], [1320, 0.12]] : [[220, 0]];
    for (const [pitch, after] of tones) {
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      tone.frequency.value = pitch;
      loud.gain.value = 0.15;
      tone.connect(loud).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + (good ? 0.12 : 0.35));
    }
  } catch {
    /* A device without sound has the tick and the words. */
  }
}

/* ---- What the gun read ---- */

function putIn(till, barcode) {
  const says = document.getElementById("gun-says");
  const input = till.querySelector(`[data-barcode="${CSS.escape(barcode)}"]`);
  if (!input) {
    says.textContent = says.dataset.unknown + barcode;
    sound(false);
    return;
  }
  const name = input.closest("[data-stepper]").dataset.name;
  const moved = step(input, 1);
  says.textContent = (moved ? says.dataset.added : says.dataset.most) + name;
  sound(moved);
}

/* Goods on the page of goods; else a card, also on the page of a sale that is done. */
function gunRead(code) {
  const till = document.getElementById("till");
  const card = document.querySelector("#next-card, #scan-form");
  if (card) {
    card.elements.code.value = code;
    card.requestSubmit();
  } else if (till) {
    addUp(till);
    putIn(till, code);
  }
}

/* ---- The camera ---- */

/* What stays before the lens is put in once: it must be away for a moment, or something else come. */
const AWAY = 1500;
const goodsCamera = document.getElementById("goods-camera");
let inView = { barcode: "", at: 0 };

if (goodsCamera) {
  offerCamera(goodsCamera, () => {
    watchCamera(goodsCamera, "EAN13", (barcode) => {
      const now = performance.now();
      const stays = barcode === inView.barcode && now - inView.at < AWAY;
      inView = { barcode, at: now };
      if (!stays) {
        putIn(document.getElementById("till"), barcode);
      }
      return true;
    });
  });
}

/* ---- A redemption on its way ---- */

/* What is kept says whose and how much, so that the clerk knows; no card code and no PIN. */
const FLIGHT = "moralbank.flight";
const PATIENCE = 8000;
const panel = document.getElementById("flight");
let inHand = null;
let known = null;
let landed = false;

/* A device that keeps nothing still knows what is on its way until the page is left. */
function kept() {
  try {
    return known ?? JSON.parse(localStorage.getItem(FLIGHT));
  } catch {
    return known;
  }
}

function keep(flight) {
  known = flight;
  try {
    localStorage.setItem(FLIGHT, JSON.stringify(flight));
  } catch {
    /* Full, or refused. */
  }
}

function forget() {
  inHand = known = null;
  try {
    localStorage.removeItem(FLIGHT);
  } catch {
    /* Then there was nothing. */
  }
}

/* The counter was revoked meanwhile: nobody answers it any more. */
class Revoked extends Error {}

function askNoMore() {
  const shown = document.getElementById("flight");
  document.getElementById("flight-says").textContent = shown.dataset.revoked;
  for (const button of shown.querySelectorAll("button")) {
    button.hidden = true;
  }
}

async function ask(address, options = {}) {
  const answer = await fetch(address, {
    ...options, credentials: "same-origin", cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.status >= 500) {
    throw new Error("no answer");
  }
  if (new URL(answer.url).pathname === "/terminal/enrol") {
    throw new Revoked();
  }
  return answer;
}

async function send(form, what) {
  if (inHand) {
    return;
  }
  const button = form.querySelector(".button.large");
  const body = new FormData(form);
  const who = document.getElementById("till-who").textContent;
  keep({ key: body.get("idempotency_key"), what: `${who} · ${what}` });
  inHand = { address: form.action, body };
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    await arrived(await ask(form.action, { method: "POST", body }));
  } catch (error) {
    unknown();
    if (error instanceof Revoked) {
      askNoMore();
    }
  }
}

/* Either the receipt's page, or the goods again with a refusal. */
async function arrived(answer) {
  if (landed) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.querySelector("[data-code=request_in_progress]")) {
    throw new Error("still on its way");
  }
  if (answer.ok && new URL(answer.url).pathname.startsWith("/terminal/done/")) {
    done(answer.url);
    return;
  }
  forget();
  sound(false);
  document.querySelector("main").replaceWith(page.querySelector("main"));
  openForms();
  document.querySelector("[role=alert]")?.scrollIntoView();
  document.querySelector("main [autofocus], main [aria-invalid=true]")?.focus();
}

/* Done; or done although the volunteer walked away from it: then the receipt says so, and who can take
   it back. Of several answers the first one leads on. One that was taken back meanwhile has a receipt
   and no tick. */
function done(address) {
  if (landed) {
    return;
  }
  landed = true;
  const walked = kept()?.walked;
  forget();
  sound(!walked && address.includes("/terminal/done/"));
  const shown = walked ? `${address.replace("/terminal/done/", "/terminal/receipts/")}?walked=1` : address;
  setTimeout(() => location.assign(shown), 250);
}

function unknown() {
  const shown = document.getElementById("flight");
  shown.hidden = false;
  document.getElementById("flight-what").textContent = kept().what;
  document.getElementById("flight-says").textContent = shown.dataset.asking;
  for (const part of shown.parentElement.children) {
    part.hidden = part !== shown;
  }
  shown.focus();
  document.getElementById("flight-ask").onclick = settleOrRetry;
  document.getElementById("flight-stop").onclick = walkAway;
  settleOrRetry();
}

/* The volunteer does not want it any more: what has not happened never will. */
function walkAway() {
  for (const button of document.querySelectorAll("#flight button")) {
    button.disabled = true;
  }
  keep({ ...kept(), walked: true });
  settle();
}

let asking = null;

/* With the form in hand the same request is sent again, under the same key: it is done once. After a
   reload there is none, and the key is used up for nothing, unless it was done. So it is where a PIN
   was typed: were it wrong, each sending would be another wrong one. */
async function settleOrRetry() {
  clearTimeout(asking);
  if (landed || !kept()) {
    return;
  }
  const shown = document.getElementById("flight");
  try {
    const address = `${shown.dataset.outcome}?key=${encodeURIComponent(kept().key)}`;
    const found = await (await ask(address)).json();
    if (found.done) {
      done(found.done);
    } else if (inHand && !inHand.body.get("pin") && !kept().walked) {
      await arrived(await ask(inHand.address, { method: "POST", body: inHand.body }));
    } else {
      await settle();
    }
  } catch (error) {
    if (error instanceof Revoked) {
      askNoMore();
      return;
    }
    if (landed || !kept()) {
      return;
    }
    shown.querySelector("#flight-says").textContent = shown.dataset.again;
    asking = setTimeout(settleOrRetry, 2000);
  }
}

async function settle() {
  clearTimeout(asking);
  if (landed || !kept()) {
    return;
  }
  const shown = document.getElementById("flight");
  const body = new FormData();
  body.set("key", kept().key);
  body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
  try {
    const found = await (await ask(shown.dataset.settlement, { method: "POST", body })).json();
    if (found.done) {
      done(found.done);
      return;
    }
    forget();
    shown.querySelector("h2").textContent = shown.dataset.none;
    document.getElementById("flight-says").textContent = "";
    for (const button of shown.querySelectorAll("button")) {
      button.hidden = true;
    }
    shown.classList.add("settled");
    const scan = document.querySelector("main .scan");
    if (scan) {
      scan.hidden = false;
    }
    document.getElementById("code")?.focus();
    if (!document.getElementById("code")) {
      setTimeout(() => location.assign("/terminal"), 2500);
    }
  } catch (error) {
    if (error instanceof Revoked) {
      askNoMore();
      return;
    }
    document.getElementById("flight-says").textContent = shown.dataset.again;
    asking = setTimeout(settle, 2000);
  }
}

if (panel && kept()) {
  if (document.querySelector(".served")) {
    forget();
  } else {
    unknown();
  }
}

openForms();
hearGun(gunRead);
