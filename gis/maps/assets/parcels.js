/* The layers of the map: packed shapes drawn on canvas tiles. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const Shapes = ZoneGIS.Shapes;
  const TILE = 512;
  const BATCH = 64; // shapes in one path: long paths take more than proportional time
  const LABEL_FONT = '600 12px "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "Segoe UI", sans-serif';

  /* A hatch of 10 × 10 pixels; ten divides no tile, so its phase is set per tile. */
  const HATCH = 10;
  function drawHatch(context, kind, ink) {
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1.3;
    context.beginPath();
    if (kind === "diagonal" || kind === "cross") for (const d of [-HATCH, 0, HATCH]) line(context, d - 1, HATCH + 1, d + HATCH + 1, -1);
    if (kind === "back" || kind === "cross") for (const d of [-HATCH, 0, HATCH]) line(context, d - 1, -1, d + HATCH + 1, HATCH + 1);
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

  /* Canvas tiles of packed shapes. Tiles are drawn at once and at the true zoom, so that a fraction
     of a zoom step is as sharp as a whole one. */
  ZoneGIS.ShapeTiles = L.GridLayer.extend({
    options: { tileSize: TILE, updateWhenZooming: false, keepBuffer: 1, minZoom: 0, maxZoom: 24, noWrap: true },

    initialize: function (shapes, signs, options) {
      L.setOptions(this, options);
      this.shapes = shapes;
      this.paint(signs, new Uint8Array(shapes.count));
    },

    /* Set the signs of the classes, and the class of each shape. */
    paint: function (signs, codes) {
      this.signs = signs;
      this.codes = codes;
      this.hidden = signs.map(() => false);
      if (this._map) this.redraw();
    },

    hide: function (code, isHidden) {
      this.hidden[code] = isHidden;
      if (this._map) this.redraw();
    },

    shows: function (i) {
      return !this.hidden[this.codes[i]];
    },

    getEvents: function () {
      const events = L.GridLayer.prototype.getEvents.call(this);
      events.zoomend = this._sharpen;
      return events;
    },

    _enlargement: function () {
      return this._map ? Math.pow(2, this._map.getZoom() - this._tileZoom) : 1;
    },

    _sharpen: function () {
      const enlargement = this._enlargement();
      const blurred = (key) => Math.abs(this._tiles[key].el.zgEnlargement - enlargement) > 1e-6;
      if (Object.keys(this._tiles).some(blurred)) this.redraw();
    },

    createTile: function (coords) {
      const canvas = document.createElement("canvas");
      const enlargement = this._enlargement();
      const ratio = (ZoneGIS.paperRatio || window.devicePixelRatio || 1) * enlargement;
      canvas.className = "zg-tile";
      canvas.zgEnlargement = enlargement;
      const found = this._found(coords, enlargement);
      if (!found.length) {
        canvas.width = canvas.height = 1;
        return canvas;
      }
      canvas.width = canvas.height = Math.round(TILE * ratio);
      const context = canvas.getContext("2d");
      context.scale(canvas.width / TILE, canvas.height / TILE);
      this._draw(context, found, coords, ratio, enlargement);
      if (ZoneGIS.paperRatio) flatten(context);
      return canvas;
    },

    /* Shapes that reach into a tile, with a margin for the width of their outlines. */
    _found: function (coords, enlargement) {
      const scale = Math.pow(2, coords.z);
      const margin = 8 / enlargement;
      const x = coords.x * TILE;
      const y = coords.y * TILE;
      return this.shapes.within((x - margin) / scale, (y - margin) / scale, (x + TILE + margin) / scale, (y + TILE + margin) / scale);
    },

    _draw: function (context, found, coords, ratio, enlargement) {
      const scale = Math.pow(2, coords.z);
      const origin = { x: coords.x * TILE, y: coords.y * TILE };
      const byClass = this.signs.map(() => []);
      let wide = 0;
      for (const i of found) {
        if (!this.hidden[this.codes[i]]) byClass[this.codes[i]].push(i);
        wide += Math.sqrt(this._extent(i, scale));
      }
      const size = ((found.length ? wide / found.length : 0) * enlargement);
      const view = { scale, origin, ratio, enlargement, size };
      // The first class of a legend matters most, so it is drawn last.
      const paths = byClass.map((shapes) => this._paths(shapes, view, false));
      const areas = this.shapes.hasLines ? byClass.map((shapes) => this._paths(shapes, view, true)) : paths;
      for (let code = paths.length - 1; code >= 0; code--) this._fill(context, areas[code], this.signs[code], view);
      for (let code = paths.length - 1; code >= 0; code--) this._stroke(context, paths[code], this.signs[code], view);
      if (this.options.labels && ZoneGIS.showLabels !== false) this._label(context, found, view);
    },

    _extent: function (i, scale) {
      const box = this.shapes.box;
      return (box[4 * i + 2] - box[4 * i]) * (box[4 * i + 3] - box[4 * i + 1]) * scale * scale;
    },

    _paths: function (shapes, view, areasOnly) {
      const paths = [];
      for (let start = 0; start < shapes.length; start += BATCH) {
        const path = new Path2D();
        for (const i of shapes.slice(start, start + BATCH)) this._trace(path, i, view, areasOnly);
        paths.push(path);
      }
      return paths;
    },

    _trace: function (path, i, view, areasOnly) {
      const s = this.shapes;
      const { scale, origin } = view;
      const box = s.box;
      const width = (box[4 * i + 2] - box[4 * i]) * scale;
      const height = (box[4 * i + 3] - box[4 * i + 1]) * scale;
      if (width < 1.5 && height < 1.5) {
        path.rect(box[4 * i] * scale - origin.x, box[4 * i + 1] * scale - origin.y, Math.max(width, 0.7), Math.max(height, 0.7));
        return;
      }
      for (let r = s.shapeRing[i]; r < s.shapeRing[i + 1]; r++) {
        if (areasOnly && s.ringOpen[r]) continue;
        const start = s.ringStart[r];
        path.moveTo(s.x[start] * scale - origin.x, s.y[start] * scale - origin.y);
        for (let v = start + 1; v < s.ringStart[r + 1]; v++) path.lineTo(s.x[v] * scale - origin.x, s.y[v] * scale - origin.y);
        if (!s.ringOpen[r]) path.closePath();
      }
    },

    _fill: function (context, paths, sign, view) {
      if (sign.fill) {
        context.fillStyle = sign.fill;
        for (const path of paths) context.fill(path);
      }
      if (sign.pattern && view.size > 9) {
        context.fillStyle = hatch(context, sign, view);
        for (const path of paths) context.fill(path);
      }
    },

    _stroke: function (context, paths, sign, view) {
      const strong = sign.line !== undefined;
      // An outline around a parcel of a few pixels would make its class look larger than it is.
      if (!sign.fixed && view.size < (strong ? 9 : 5)) return;
      const fade = Math.max(0.35, Math.min(1, view.size / 24));
      context.strokeStyle = sign.line || "rgba(60,70,76,.55)";
      context.lineWidth = (sign.fixed ? sign.width : (strong ? sign.width || 1 : 0.7) * fade) / view.enlargement;
      context.setLineDash(view.size > 12 || sign.fixed ? (sign.dash || []).map((dash) => dash / view.enlargement) : []);
      context.lineJoin = "round";
      for (const path of paths) context.stroke(path);
      context.setLineDash([]);
    },

    _label: function (context, found, view) {
      const { scale, origin, enlargement } = view;
      context.save();
      context.scale(1 / enlargement, 1 / enlargement);
      context.font = LABEL_FONT;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      for (const i of found) {
        if (this.hidden[this.codes[i]] || this._extent(i, scale) * enlargement * enlargement < 900) continue;
        const text = this.options.labels(i);
        const [x, y, width] = this.shapes.labelPlace(i);
        if (context.measureText(text).width + 8 > width * scale * enlargement) continue;
        const at = [(x * scale - origin.x) * enlargement, (y * scale - origin.y) * enlargement];
        context.lineWidth = 3.5;
        context.strokeStyle = "rgba(255,255,255,.92)";
        context.strokeText(text, at[0], at[1]);
        context.fillStyle = "#1c2429";
        context.fillText(text, at[0], at[1]);
      }
      context.restore();
    },
  });

  /* What a column holds at a row: a text, a pair of words, a number, or nothing. */
  function readColumn(column, i) {
    if (!column) return "";
    if (column.kind === "coded") return column.values[column.codes[i]];
    if (column.kind === "number") {
      const whole = column.values[i];
      return whole === null ? null : whole / Math.pow(10, column.digits);
    }
    return column.values[i];
  }

  ZoneGIS.addParcels = function (map, blockId) {
    const content = ZoneGIS.readBlock(blockId);
    const shapes = new Shapes(content.shapes);
    const tiles = new ZoneGIS.ShapeTiles(shapes, [{}], {
      pane: "zg-parcels",
      labels: (i) => content.columns.id.values[i],
    });
    tiles.content = content;
    tiles.read = (name, i) => readColumn(content.columns[name], i);
    map.zgParcels = tiles;
    return tiles;
  };

  /* Signs of the layers around the parcels. */
  const AROUND = {
    roads: { fill: "#dedcd6", line: "#b9b5ab", width: 1, fixed: true },
    // No fill: the colour of the parcel below has to stay what the legend says.
    green_spaces: { pattern: "dots", ink: "#0f5a12", line: "#0f5a12", width: 1.4, fixed: true },
    boundary: { line: "#1c2429", width: 2.6, dash: [14, 4, 3, 4], fixed: true },
  };

  ZoneGIS.addShapes = function (map, blockId, name) {
    const shapes = new Shapes(ZoneGIS.readBlock(blockId).shapes);
    const sign = Object.assign({}, AROUND[name]);
    if (shapes.hasLines) sign.width = Math.max(sign.width, 2.5);
    const tiles = new ZoneGIS.ShapeTiles(shapes, [sign], { pane: "zg-" + name });
    tiles.sign = sign;
    map.zgAround = map.zgAround || {};
    map.zgAround[name] = tiles;
    return tiles;
  };
})();
