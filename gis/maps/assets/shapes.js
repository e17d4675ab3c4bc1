/* Packed shapes as typed arrays, and exact answers to "which parcel is here?".
   Plain ES2017 without dependencies but Leaflet: it has to run on an old office browser, from a file. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
  const WORLD = 256; // pixels of the world at zoom 0, as Leaflet counts them

  ZoneGIS.readBlock = function (id) {
    return JSON.parse(document.getElementById(id).textContent);
  };

  function worldX(degrees) {
    return (degrees / 360 + 0.5) * WORLD;
  }
  function worldY(degrees) {
    const sine = Math.sin((degrees * Math.PI) / 180);
    return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
  }

  /* Shapes as typed arrays: integer degrees for the hit test, world pixels for drawing. */
  class Shapes {
    constructor(packed) {
      const vertices = packed.x.length;
      const rings = packed.rings.length;
      this.units = packed.units;
      this.count = packed.counts.length;
      this.lon = new Int32Array(vertices);
      this.lat = new Int32Array(vertices);
      this.x = new Float64Array(vertices);
      this.y = new Float64Array(vertices);
      this.ringStart = new Int32Array(rings + 1);
      this.ringOpen = new Uint8Array(rings);
      this.shapeRing = new Int32Array(this.count + 1);
      this.box = new Float64Array(4 * this.count);
      this._unpack(packed);
      this._measure();
      this._indexGrid();
    }

    _unpack(packed) {
      let lon = 0;
      let lat = 0;
      for (let v = 0; v < packed.x.length; v++) {
        lon += packed.x[v];
        lat += packed.y[v];
        this.lon[v] = lon;
        this.lat[v] = lat;
        this.x[v] = worldX(lon / packed.units);
        this.y[v] = worldY(lat / packed.units);
      }
      for (let r = 0; r < packed.rings.length; r++) {
        this.ringOpen[r] = packed.rings[r] < 0 ? 1 : 0;
        this.ringStart[r + 1] = this.ringStart[r] + Math.abs(packed.rings[r]);
      }
      this.hasLines = this.ringOpen.some((open) => open);
      for (let i = 0; i < this.count; i++) this.shapeRing[i + 1] = this.shapeRing[i] + packed.counts[i];
    }

    _measure() {
      for (let i = 0; i < this.count; i++) {
        let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
        const end = this.ringStart[this.shapeRing[i + 1]];
        for (let v = this.ringStart[this.shapeRing[i]]; v < end; v++) {
          if (this.x[v] < x0) x0 = this.x[v];
          if (this.x[v] > x1) x1 = this.x[v];
          if (this.y[v] < y0) y0 = this.y[v];
          if (this.y[v] > y1) y1 = this.y[v];
        }
        this.box[4 * i] = x0;
        this.box[4 * i + 1] = y0;
        this.box[4 * i + 2] = x1;
        this.box[4 * i + 3] = y1;
      }
    }

    /* A uniform grid of lists: which shapes' boxes touch each cell. */
    _indexGrid() {
      let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
      for (let i = 0; i < this.count; i++) {
        if (this.box[4 * i] > this.box[4 * i + 2]) continue;
        x0 = Math.min(x0, this.box[4 * i]);
        y0 = Math.min(y0, this.box[4 * i + 1]);
        x1 = Math.max(x1, this.box[4 * i + 2]);
        y1 = Math.max(y1, this.box[4 * i + 3]);
      }
      const side = Math.max(1, Math.min(512, Math.ceil(Math.sqrt(this.count / 2))));
      this.grid = { x0, y0, side, dx: (x1 - x0) / side || 1e-9, dy: (y1 - y0) / side || 1e-9 };
      this.empty = !(x0 <= x1);
      const sizes = new Int32Array(side * side + 1);
      for (let i = 0; i < this.count; i++) this._eachShapeCell(i, (cell) => sizes[cell + 1]++);
      for (let c = 0; c < side * side; c++) sizes[c + 1] += sizes[c];
      this.cellStart = sizes.slice();
      this.cellShapes = new Int32Array(sizes[side * side]);
      for (let i = 0; i < this.count; i++) {
        this._eachShapeCell(i, (cell) => (this.cellShapes[sizes[cell]++] = i));
      }
      this.seen = new Int32Array(this.count);
      this.look = 0;
    }

    _eachShapeCell(i, visit) {
      const box = this.box;
      this._eachCell(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3], visit);
    }

    _eachCell(x0, y0, x1, y1, visit) {
      const grid = this.grid;
      if (this.empty || !(x0 <= x1)) return;
      const clamp = (number) => Math.max(0, Math.min(grid.side - 1, Math.floor(number)));
      const c0 = clamp((x0 - grid.x0) / grid.dx);
      const c1 = clamp((x1 - grid.x0) / grid.dx);
      const r1 = clamp((y1 - grid.y0) / grid.dy);
      for (let r = clamp((y0 - grid.y0) / grid.dy); r <= r1; r++) {
        for (let c = c0; c <= c1; c++) visit(r * grid.side + c);
      }
    }

    /* Shapes whose box meets a box in world pixels, in ascending order. */
    within(x0, y0, x1, y1) {
      const found = [];
      const look = ++this.look;
      this._eachCell(x0, y0, x1, y1, (cell) => {
        for (let at = this.cellStart[cell]; at < this.cellStart[cell + 1]; at++) {
          const i = this.cellShapes[at];
          if (this.seen[i] === look) continue;
          this.seen[i] = look;
          const b = 4 * i;
          if (this.box[b] <= x1 && this.box[b + 2] >= x0 && this.box[b + 1] <= y1 && this.box[b + 3] >= y0) found.push(i);
        }
      });
      return found.sort((a, b) => a - b);
    }

    /* Point in polygon on the true vertices, by the even-odd rule. */
    contains(i, latlng) {
      const px = latlng.lng * this.units;
      const py = latlng.lat * this.units;
      let inside = false;
      for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
        if (this.ringOpen[r]) continue;
        const start = this.ringStart[r];
        const end = this.ringStart[r + 1];
        for (let v = start, w = end - 1; v < end; w = v++) {
          const yv = this.lat[v];
          const yw = this.lat[w];
          if (yv > py !== yw > py && px < ((this.lon[w] - this.lon[v]) * (py - yv)) / (yw - yv) + this.lon[v]) {
            inside = !inside;
          }
        }
      }
      return inside;
    }

    hits(latlng) {
      const x = worldX(latlng.lng);
      const y = worldY(latlng.lat);
      return this.within(x, y, x, y).filter((i) => this.contains(i, latlng));
    }

    drawable(i) {
      return this.shapeRing[i + 1] > this.shapeRing[i];
    }

    rings(i) {
      const rings = [];
      for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
        const ring = [];
        for (let v = this.ringStart[r]; v < this.ringStart[r + 1]; v++) {
          ring.push([this.lat[v] / this.units, this.lon[v] / this.units]);
        }
        rings.push(ring);
      }
      return rings;
    }

    bounds(i) {
      return L.latLngBounds([].concat.apply([], this.rings(i)));
    }

    /* The middle of the widest stretch inside a shape, at one of a few heights: where a label fits. */
    labelPlace(i) {
      this.places = this.places || {};
      if (this.places[i]) return this.places[i];
      const top = this.box[4 * i + 1];
      const bottom = this.box[4 * i + 3];
      let best = [0, 0, 0];
      for (const part of [0.5, 0.35, 0.65, 0.2, 0.8]) {
        const y = top + (bottom - top) * part;
        const cuts = this._cuts(i, y);
        for (let c = 0; c + 1 < cuts.length; c += 2) {
          const width = cuts[c + 1] - cuts[c];
          if (width > best[2] * 1.2) best = [(cuts[c] + cuts[c + 1]) / 2, y, width];
        }
      }
      return (this.places[i] = best);
    }

    _cuts(i, y) {
      const cuts = [];
      for (let r = this.shapeRing[i]; r < this.shapeRing[i + 1]; r++) {
        const start = this.ringStart[r];
        const end = this.ringStart[r + 1];
        for (let v = start, w = end - 1; v < end; w = v++) {
          if (this.y[v] > y !== this.y[w] > y) {
            cuts.push(this.x[v] + ((y - this.y[v]) * (this.x[w] - this.x[v])) / (this.y[w] - this.y[v]));
          }
        }
      }
      return cuts.sort((a, b) => a - b);
    }
  }
  ZoneGIS.Shapes = Shapes;
})();
