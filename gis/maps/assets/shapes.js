/* Packed shapes, and exact answers to "which parcel is here?".
   Coordinates stay as they are packed: a ring is unpacked when it is looked at. Shapes lie along a Hilbert
   curve, so that a run of 64 is a compact patch; boxes of runs, and of runs of runs, are the index. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
  const WORLD = 256; // pixels of the world at zoom 0, as Leaflet counts them
  const RUN = 64;

  function worldX(degrees) {
    return (degrees / 360 + 0.5) * WORLD;
  }
  function worldY(degrees) {
    const sine = Math.sin((degrees * Math.PI) / 180);
    return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
  }
  ZoneGIS.worldX = worldX;
  ZoneGIS.worldY = worldY;

  function sums(sizes) {
    const ends = new Int32Array(sizes.length + 1);
    for (let i = 0; i < sizes.length; i++) ends[i + 1] = ends[i] + sizes[i];
    return ends;
  }

  class Shapes {
    constructor(packed) {
      this.units = packed.units;
      this.count = packed.counts.length;
      this.packed = packed;
      this.sizes = packed.sizes;
      this.open = packed.open || null;
      this.hasLines = Boolean(packed.open);
      this.shapeRing = sums(packed.counts);
      this._placeRings(packed);
      const longest = this.sizes.reduce((most, size) => Math.max(most, size), 0);
      this.x = new Int32Array(longest); // the ring looked at, in units
      this.y = new Int32Array(longest);
      this._measure();
      this.runs = this._boxesOfRuns(this.box, this.count);
      this.runsOfRuns = this._boxesOfRuns(this.runs, this.runs.length / 4);
      this.meanSize = this._meanSize();
    }

    /* First vertices as running sums, and where each ring's differences begin. */
    _placeRings(packed) {
      const rings = packed.sizes.length;
      this.firstX = new Int32Array(rings);
      this.firstY = new Int32Array(rings);
      this.at = new Int32Array(rings);
      this.wide = packed.wide || null;
      let x = 0, y = 0, narrow = 0, wide = 0;
      for (let r = 0; r < rings; r++) {
        this.firstX[r] = x = (x + packed.start_x[r]) | 0;
        this.firstY[r] = y = (y + packed.start_y[r]) | 0;
        const steps = packed.sizes[r] - 1;
        if (this.wide && this.wide[r]) {
          this.at[r] = wide;
          wide += steps;
        } else {
          this.at[r] = narrow;
          narrow += steps;
        }
      }
    }

    /* Unpack a ring into `x` and `y`; returns the number of its vertices. */
    unpack(r) {
      const isWide = this.wide !== null && this.wide[r];
      const dx = isWide ? this.packed.wide_dx : this.packed.dx;
      const dy = isWide ? this.packed.wide_dy : this.packed.dy;
      const { x: xs, y: ys } = this;
      const size = this.sizes[r];
      let x = (xs[0] = this.firstX[r]);
      let y = (ys[0] = this.firstY[r]);
      for (let v = 1, at = this.at[r]; v < size; v++, at++) {
        xs[v] = x = (x + dx[at]) | 0;
        ys[v] = y = (y + dy[at]) | 0;
      }
      return size;
    }

    /* Boxes in units, and areas in square units (holes run against their shells, so signs do the rest). */
    _measure() {
      this.box = new Int32Array(4 * this.count);
      this.area = new Float32Array(this.count);
      for (let i = 0; i < this.count; i++) {
        let x0 = 2147483647, y0 = 2147483647, x1 = -2147483648, y1 = -2147483648;
        let twice = 0;
        for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
          const size = this.unpack(r);
          const { x, y } = this;
          const fromX = x[0], fromY = y[0];
          for (let v = 0, w = size - 1; v < size; w = v++) {
            if (x[v] < x0) x0 = x[v];
            if (x[v] > x1) x1 = x[v];
            if (y[v] < y0) y0 = y[v];
            if (y[v] > y1) y1 = y[v];
            twice += (x[w] - fromX) * (y[v] - fromY) - (x[v] - fromX) * (y[w] - fromY);
          }
        }
        const b = 4 * i;
        this.box[b] = x0;
        this.box[b + 1] = y0;
        this.box[b + 2] = x1;
        this.box[b + 3] = y1;
        this.area[i] = Math.abs(twice) / 2;
      }
    }

    _boxesOfRuns(boxes, count) {
      const runs = new Int32Array(4 * Math.ceil(count / RUN));
      for (let b = 0; b < runs.length; b += 4) {
        runs[b] = runs[b + 1] = 2147483647;
        runs[b + 2] = runs[b + 3] = -2147483648;
      }
      for (let i = 0; i < count; i++) {
        const b = 4 * i;
        if (boxes[b] > boxes[b + 2]) continue; // nothing to draw
        const run = 4 * Math.floor(i / RUN);
        if (boxes[b] < runs[run]) runs[run] = boxes[b];
        if (boxes[b + 1] < runs[run + 1]) runs[run + 1] = boxes[b + 1];
        if (boxes[b + 2] > runs[run + 2]) runs[run + 2] = boxes[b + 2];
        if (boxes[b + 3] > runs[run + 3]) runs[run + 3] = boxes[b + 3];
      }
      return runs;
    }

    /* The mean side of a shape's box, in units. */
    _meanSize() {
      let sum = 0, drawn = 0;
      for (let b = 0; b < this.box.length; b += 4) {
        if (this.box[b] > this.box[b + 2]) continue;
        sum += Math.sqrt((this.box[b + 2] - this.box[b]) * (this.box[b + 3] - this.box[b + 1]));
        drawn++;
      }
      return drawn ? sum / drawn : 0;
    }

    /* Visit the shapes whose box meets a box in units, in their order. */
    each(x0, y0, x1, y1, visit) {
      const meets = (boxes, b) => boxes[b] <= x1 && boxes[b + 2] >= x0 && boxes[b + 1] <= y1 && boxes[b + 3] >= y0;
      const { box, runs, runsOfRuns } = this;
      for (let high = 0; high < runsOfRuns.length / 4; high++) {
        if (!meets(runsOfRuns, 4 * high)) continue;
        const lastRun = Math.min((high + 1) * RUN, runs.length / 4);
        for (let run = high * RUN; run < lastRun; run++) {
          if (!meets(runs, 4 * run)) continue;
          const last = Math.min((run + 1) * RUN, this.count);
          for (let i = run * RUN; i < last; i++) {
            if (box[4 * i] <= box[4 * i + 2] && meets(box, 4 * i)) visit(i);
          }
        }
      }
    }

    /* Point in polygon on the true vertices, by the even-odd rule. */
    contains(i, latlng) {
      const px = latlng.lng * this.units;
      const py = latlng.lat * this.units;
      let inside = false;
      for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
        if (this.open && this.open[r]) continue;
        const size = this.unpack(r);
        const { x, y } = this;
        for (let v = 0, w = size - 1; v < size; w = v++) {
          if (y[v] > py !== y[w] > py && px < ((x[w] - x[v]) * (py - y[v])) / (y[w] - y[v]) + x[v]) inside = !inside;
        }
      }
      return inside;
    }

    hits(latlng) {
      const x = latlng.lng * this.units;
      const y = latlng.lat * this.units;
      const found = [];
      this.each(x, y, x, y, (i) => this.contains(i, latlng) && found.push(i));
      return found;
    }

    drawable(i) {
      return this.shapeRing[i + 1] > this.shapeRing[i];
    }

    rings(i) {
      const rings = [];
      for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
        const size = this.unpack(r);
        rings.push(Array.from({ length: size }, (_, v) => [this.y[v] / this.units, this.x[v] / this.units]));
      }
      return rings;
    }

    bounds(i) {
      const [x0, y0, x1, y1] = this.box.subarray(4 * i, 4 * i + 4);
      return L.latLngBounds([y0 / this.units, x0 / this.units], [y1 / this.units, x1 / this.units]);
    }

    /* The middle of the widest stretch inside a shape, at one of a few heights: where a label fits.
       In world pixels: x, y and width. */
    labelPlace(i) {
      const bottom = this.box[4 * i + 1];
      const top = this.box[4 * i + 3];
      let best = [0, 0, 0];
      for (const part of [0.5, 0.35, 0.65, 0.2, 0.8]) {
        const y = bottom + (top - bottom) * part + 1e-3; // between vertices, which are whole units
        const cuts = this._cuts(i, y);
        for (let c = 0; c + 1 < cuts.length; c += 2) {
          const width = cuts[c + 1] - cuts[c];
          if (width > best[2] * 1.2) best = [(cuts[c] + cuts[c + 1]) / 2, y, width];
        }
      }
      if (!best[2]) best = [(this.box[4 * i] + this.box[4 * i + 2]) / 2, (bottom + top) / 2, 0];
      const [x, y, width] = best.map((value) => value / this.units);
      return [worldX(x), worldY(y), (width / 360) * WORLD];
    }

    _cuts(i, py) {
      const cuts = [];
      for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
        const size = this.unpack(r);
        const { x, y } = this;
        for (let v = 0, w = size - 1; v < size; w = v++) {
          if (y[v] > py !== y[w] > py) cuts.push(x[v] + ((py - y[v]) * (x[w] - x[v])) / (y[w] - y[v]));
        }
      }
      return cuts.sort((a, b) => a - b);
    }
  }

  /* From units to the pixels of a tile: straight in x, a cubic in y about the tile's middle, which is
     within a ten-thousandth of a pixel at zooms where a tile spans less than three degrees. */
  const EXACT_BELOW = 7;
  ZoneGIS.projection = function (shapes, coords, tile) {
    const scale = Math.pow(2, coords.z);
    const kx = (WORLD * scale) / 360 / shapes.units;
    const x0 = (WORLD * scale) / 2 - coords.x * tile;
    const top = coords.y * tile;
    const latOf = (worldPixel) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * worldPixel) / (WORLD * scale)))) * 180) / Math.PI;
    const lonOf = (worldPixel) => ((worldPixel / (WORLD * scale)) - 0.5) * 360;
    const middle = latOf(top + tile / 2);
    const phi = (middle * Math.PI) / 180;
    const radian = Math.PI / 180 / shapes.units;
    const K = (WORLD * scale) / (2 * Math.PI);
    const sec = 1 / Math.cos(phi);
    const tan = Math.tan(phi);
    const y0 = worldY(middle) * scale - top;
    const c1 = -K * sec * radian;
    const c2 = (-K * sec * tan * radian * radian) / 2;
    const c3 = (-K * (sec * tan * tan + sec * sec * sec) * radian * radian * radian) / 6;
    const lat0 = middle * shapes.units;
    const cubic = (y) => {
      const d = y - lat0;
      return y0 + d * (c1 + d * (c2 + d * c3));
    };
    const exact = (y) => worldY(y / shapes.units) * scale - top;
    const margin = 8;
    return {
      x: (x) => x * kx + x0,
      y: coords.z < EXACT_BELOW ? exact : cubic,
      kx,
      ky: -c1,
      /* The tile and a margin for the width of outlines, in units. */
      reach: [
        lonOf(coords.x * tile - margin) * shapes.units, latOf(top + tile + margin) * shapes.units,
        lonOf(coords.x * tile + tile + margin) * shapes.units, latOf(top - margin) * shapes.units,
      ],
    };
  };
  ZoneGIS.Shapes = Shapes;
})();
