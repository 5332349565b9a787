"use strict";
/* Draws the API's document. A file of its own: the pages' policy lets no script stand inside them. */

const place = document.getElementById("docs");

window.SwaggerUIBundle({
  url: place.dataset.spec,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
