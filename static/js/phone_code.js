"use strict";
/* The code on the phone: the next one is fetched when a half minute is over. The counter takes one
   half minute more, so the old one stays that long where the line is bad, and after it none. */

const STILL_TAKEN = 25_000;
const box = document.querySelector("[data-code-from]");
const place = box.querySelector("[data-code]");
const lost = box.querySelector("[data-code-lost]");
let over = 0;
let asking = false;

function started() {
  over = Date.now() + Number(place.querySelector("[data-left]").dataset.left) * 1000;
  place.hidden = false;
  lost.hidden = true;
}

async function renew() {
  asking = true;
  try {
    const answer = await fetch(box.dataset.codeFrom, {
      cache: "no-store",
      signal: AbortSignal.timeout(8000),
    });
    if (answer.redirected || answer.status === 404) {
      location.reload(); // signed out, or the card was blocked: the page says so
      return;
    }
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    place.innerHTML = await answer.text();
    started();
  } catch {
    if (Date.now() > over + STILL_TAKEN) {
      place.hidden = true;
      lost.hidden = false;
    }
  } finally {
    asking = false;
  }
}

function tick() {
  const left = (over - Date.now()) / 1000;
  const bar = place.querySelector("progress");
  if (bar) {
    bar.value = Math.max(0, left);
  }
  if (left <= 0 && !asking && !document.hidden) {
    renew();
  }
}

started();
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
