"use strict";
// Draws each chart of the page from the Vega-Lite specification that lies in it as data.
for (const figure of document.querySelectorAll("figure.chart")) {
  const text = figure.querySelector("script").textContent;
  const place = figure.querySelector("div");
  const options = {
    // Shapes of their own read and print best; a drawing surface keeps thousands of marks quick.
    renderer: text.length > 150000 ? "canvas" : "svg",
    actions: { export: true, source: false, compiled: false, editor: false },
    downloadFileName: figure.id || "chart",
  };
  window.vegaEmbed(place, JSON.parse(text), options).catch((problem) => {
    place.textContent = "This chart could not be drawn: " + problem.message;
  });
}
