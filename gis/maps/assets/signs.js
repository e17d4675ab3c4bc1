/* The signs of the map and its legend: fills, hatches and outlines, drawn by one hand. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});

  /* A hatch of 10 × 10 pixels; ten divides no tile, so its phase is set per tile. */
  const HATCH = 10;
  function drawHatch(context, kind, ink) {
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1.3;
    context.beginPath();
    if (kind === "diagonal" || kind === "cross") for (const d of [-HATCH, 0, HATCH]) line(context, d - 1, HATCH + 1, d + HATCH + 1, -1);
    if (kind === "back" || kind === "cross") for (const d of [-HATCH, 0, HATCH]) line(context, d - 1, -1, d + HATCH + 1, HATCH + 1);
    if (kind === "level") line(context, -1, HATCH / 2, HATCH + 1, HATCH / 2);
    if (kind === "upright") line(context, HATCH / 2, -1, HATCH / 2, HATCH + 1);
    context.stroke();
    if (kind === "dots") {
      for (const [x, y] of [[2.5, 2.5], [7.5, 7.5]]) {
        context.beginPath();
        context.arc(x, y, 1, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }
  function line(context, x0, y0, x1, y1) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }

  const hatches = {};
  /* The hatch of a sign, at one size on the screen whatever the zoom, in step with the tiles beside it. */
  function hatch(context, sign, view) {
    const { ratio, enlargement, origin } = view;
    const size = Math.round((HATCH * ratio) / enlargement);
    const key = [sign.pattern, sign.ink, size].join();
    if (!hatches[key]) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = size;
      const own = canvas.getContext("2d");
      own.scale(size / HATCH, size / HATCH);
      drawHatch(own, sign.pattern, sign.ink);
      hatches[key] = canvas;
    }
    const pattern = context.createPattern(hatches[key], "repeat");
    const phase = (start) => -((start * enlargement) % HATCH) / enlargement;
    pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, phase(origin.x), phase(origin.y)]));
    return pattern;
  }

  /* One swatch of the legend, drawn by the same hand as the map. */
  ZoneGIS.swatch = function (sign) {
    const canvas = document.createElement("canvas");
    const ratio = 2;
    canvas.className = "zg-swatch";
    canvas.width = 26 * ratio;
    canvas.height = 17 * ratio;
    canvas.setAttribute("aria-hidden", "true");
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    paintSign(context, sign, ratio);
    return canvas;
  };
  function paintSign(context, sign, ratio) {
    const width = sign.width || 1;
    if (sign.fill) {
      context.fillStyle = sign.fill;
      context.fillRect(1, 1, 24, 15);
    }
    if (sign.pattern) {
      context.fillStyle = hatch(context, sign, { ratio, enlargement: 1, origin: { x: 0, y: 0 } });
      context.fillRect(1, 1, 24, 15);
    }
    context.strokeStyle = sign.line || "#8a9398";
    context.lineWidth = width;
    context.setLineDash(sign.dash || []);
    if (sign.fill || sign.pattern) context.strokeRect(1 + width / 2, 1 + width / 2, 24 - width, 15 - width);
    else {
      context.beginPath();
      line(context, 1, 8.5, 25, 8.5);
      context.stroke();
    }
  }

  /* Some browsers print a canvas by repeating its strokes, and lose the phase of a hatch: give them pixels. */
  function flatten(context) {
    const { width, height } = context.canvas;
    const pixels = context.getImageData(0, 0, width, height);
    context.clearRect(0, 0, width, height);
    context.putImageData(pixels, 0, 0);
  }

  ZoneGIS.signs = { hatch, flatten };
})();
