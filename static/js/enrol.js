"use strict";
/* The office's code leads here with the token behind the #, where no log and no history keeps it.
   Nothing is sent before somebody presses the button. */

function readToken() {
  const token = decodeURIComponent(location.hash.slice(1));
  if (!token) {
    return;
  }
  history.replaceState(null, "", location.pathname);
  document.querySelector("[name=token]").value = token;
  document.getElementById("read").hidden = false;
  document.querySelector("main button").focus();
}

readToken();
addEventListener("hashchange", readToken);
