/* Canvas tiles of packed shapes. Tiles are drawn at once and at the true zoom, so that a fraction of a
   zoom step is as sharp as a whole one. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
  const { hatch, flatten } = ZoneGIS.signs;
  const TILE = 512;
  const DRAWN = TILE + 1; // a pixel over the next tile, so that no seam shows between them at a fraction of a zoom
  const BATCH = 64; // shapes in one path: long paths take more than proportional time
  const OVERVIEW_BELOW = 2.2; // pixels a parcel: smaller ones are not traced
  const DROPPED = 0.3; // pixels: a vertex nearer than that to the last one changes nothing
  const LABEL_FONT = '600 12px "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "Segoe UI", sans-serif';

  ZoneGIS.ShapeTiles = L.GridLayer.extend({
    options: { tileSize: TILE, updateWhenZooming: false, keepBuffer: 1, minZoom: 0, maxZoom: 24, noWrap: true },

    initialize: function (shapes, signs, options) {
      L.setOptions(this, options);
      this.shapes = shapes;
      this.mask = null;
      this.paint(signs, new Uint8Array(shapes.count));
    },

    /* Set the signs of the classes, the class of each shape, and which classes are hidden. */
    paint: function (signs, codes, hidden) {
      this.signs = signs;
      this.codes = codes;
      this.hidden = hidden || signs.map(() => false);
      if (this._map) this.redraw();
    },

    hide: function (code, isHidden) {
      this.hidden[code] = isHidden;
      if (this._map) this.redraw();
    },

    /* Show only what a filter lets through: 1 for each shape that is kept, or null for all. */
    filter: function (mask) {
      this.mask = mask;
      if (this._map) this.redraw();
    },

    shows: function (i) {
      return !this.hidden[this.codes[i]] && (this.mask === null || this.mask[i] === 1);
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

    /* The mean side of a shape on the screen, and whether that is too small to trace. */
    sizeAt: function (zoom) {
      return (this.shapes.meanSize / this.shapes.units / 360) * 256 * Math.pow(2, zoom);
    },
    isOverview: function () {
      return this._map ? this.sizeAt(this._map.getZoom()) < OVERVIEW_BELOW : false;
    },

    createTile: function (coords) {
      const canvas = document.createElement("canvas");
      const enlargement = this._enlargement();
      const ratio = (ZoneGIS.paperRatio || window.devicePixelRatio || 1) * enlargement;
      const projection = ZoneGIS.projection(this.shapes, coords, TILE);
      const isOverview = this.isOverview() && !this.signs.some((sign) => sign.fixed);
      const found = isOverview ? [] : this._found(projection);
      canvas.className = "zg-tile";
      canvas.zgEnlargement = enlargement;
      if (!found.length && !isOverview) {
        canvas.width = canvas.height = 1;
        return canvas;
      }
      canvas.width = canvas.height = Math.round(DRAWN * ratio);
      const context = canvas.getContext("2d");
      const drawn = isOverview ? ZoneGIS.drawOverview(context, this, projection, canvas.width / DRAWN, ZoneGIS.overview) : found;
      context.scale(canvas.width / DRAWN, canvas.height / DRAWN);
      const origin = { x: coords.x * TILE, y: coords.y * TILE };
      if (drawn.length) this._draw(context, drawn, { projection, origin, ratio, enlargement, scale: Math.pow(2, coords.z) });
      if (ZoneGIS.paperRatio) flatten(context);
      return canvas;
    },

    /* Shapes that reach into a tile, with a margin for the width of their outlines. */
    _found: function (projection) {
      const found = [];
      const [west, south, east, north] = projection.reach;
      this.shapes.each(west, south, east, north, (i) => this.shows(i) && found.push(i));
      return found;
    },

    _draw: function (context, found, view) {
      const byClass = this.signs.map(() => []);
      let wide = 0;
      for (const i of found) {
        byClass[this.codes[i]].push(i);
        wide += Math.sqrt(this._extent(i, view.projection));
      }
      view.size = (wide / found.length) * view.enlargement;
      // The first class of a legend matters most, so it is drawn last.
      const paths = byClass.map((shapes) => this._paths(shapes, view, false));
      const areas = this.shapes.hasLines ? byClass.map((shapes) => this._paths(shapes, view, true)) : paths;
      for (let code = paths.length - 1; code >= 0; code--) this._fill(context, areas[code], this.signs[code], view);
      for (let code = paths.length - 1; code >= 0; code--) this._stroke(context, paths[code], this.signs[code], view);
      if (this.options.labels && ZoneGIS.showLabels !== false) this._label(context, found, view);
    },

    _extent: function (i, projection) {
      const box = this.shapes.box;
      return (box[4 * i + 2] - box[4 * i]) * projection.kx * (box[4 * i + 3] - box[4 * i + 1]) * projection.ky;
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
      const { projection } = view;
      const box = s.box;
      const width = (box[4 * i + 2] - box[4 * i]) * projection.kx;
      const height = (box[4 * i + 3] - box[4 * i + 1]) * projection.ky;
      if (width < 1.5 && height < 1.5) {
        path.rect(projection.x(box[4 * i]), projection.y(box[4 * i + 3]), Math.max(width, 0.7), Math.max(height, 0.7));
        return;
      }
      const least = DROPPED / view.ratio;
      for (let r = s.shapeRing[i]; r < s.shapeRing[i + 1]; r++) {
        const isOpen = s.open !== null && s.open[r];
        if (areasOnly && isOpen) continue;
        const size = s.unpack(r);
        let px = projection.x(s.x[0]), py = projection.y(s.y[0]);
        path.moveTo(px, py);
        for (let v = 1; v < size; v++) {
          const x = projection.x(s.x[v]), y = projection.y(s.y[v]);
          if (Math.abs(x - px) < least && Math.abs(y - py) < least) continue;
          path.lineTo((px = x), (py = y));
        }
        if (!isOpen) path.closePath();
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
      const { origin, enlargement, scale } = view;
      context.save();
      context.scale(1 / enlargement, 1 / enlargement);
      context.font = LABEL_FONT;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      for (const i of found) {
        if (this._extent(i, view.projection) * enlargement * enlargement < 900) continue;
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
})();
