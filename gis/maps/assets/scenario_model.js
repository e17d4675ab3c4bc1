/* The arithmetic of the scenario page: areas in whole square millimetres, so that every sum is exact. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const MM2 = 1e6; // of a square metre, the grid on which areas are measured

  /* What a row of limits says of an amount of green: "", or the limit that it breaks. */
  class ScenarioModel {
    constructor(content) {
      this.content = content;
      this.columns = ZoneGIS.columnsOf(content.columns);
      this.count = content.area.length;
      this.base = content.presets[0].green;
      this.green = Float64Array.from(this.base);
      this.recount();
    }

    recount() {
      this.ground = this.content.zones.map(() => 0);
      this.roofs = this.content.zones.map(() => 0);
      this.illegal = this.open = 0;
      for (let i = 0; i < this.count; i++) {
        this.ground[this.content.zone[i]] += this.green[i];
        this.roofs[this.content.zone[i]] += this.roof(i);
        this.tally(i, 1);
      }
    }

    /* What converted roofs add to a parcel: all of it, as soon as the green on the ground is enough. */
    roof(i) {
      return this.green[i] >= this.content.roof_from[i] ? this.content.roof[i] : 0;
    }

    counted(i) {
      return this.green[i] + this.roof(i);
    }

    /* What counts in a zone: green on the ground and roofs up to their cap, less what several parcels claim. */
    total(z) {
      const facts = this.content.zones[z];
      return this.ground[z] + Math.min(this.roofs[z], facts.roof_cap) - facts.claimed;
    }

    load(preset) {
      this.green.set(this.content.presets[preset].green);
      this.recount();
    }

    set(i, green) {
      this.tally(i, -1);
      this.ground[this.content.zone[i]] += green - this.green[i];
      this.roofs[this.content.zone[i]] -= this.roof(i);
      this.green[i] = green;
      this.roofs[this.content.zone[i]] += this.roof(i);
      this.tally(i, 1);
    }

    tally(i, step) {
      if (this.breaks(i)) this.illegal += step;
      else if (this.isOpen(i)) this.open += step;
    }

    breaks(i) {
      const green = this.green[i];
      if (this.content.locked[i] && green !== this.base[i]) return "locked";
      if (green > this.content.area[i]) return "above_area";
      if (this.counted(i) > this.content.ceiling_open[i]) return "above_ceiling";
      return this.counted(i) < this.content.floor[i] ? "below_floor" : "";
    }

    /* What a missing fact leaves open of an amount that breaks no limit that is sure: "", or which limit. */
    opens(i) {
      if (this.breaks(i)) return "";
      if (this.counted(i) > this.content.ceiling[i]) return "above_ceiling";
      return this.counted(i) < this.content.floor_open[i] ? "below_floor" : "";
    }

    isOpen(i) {
      return this.opens(i) !== "";
    }

    isChanged(i) {
      return this.green[i] !== this.base[i];
    }

    zone(z) {
      const facts = this.content.zones[z];
      const total = this.total(z), margin = total - facts.needed;
      return {
        green: total / MM2, land: facts.land / MM2, needed: facts.needed / MM2, ratio: total / facts.land,
        target: facts.target, margin: margin / MM2, verdict: margin >= 0 ? "met" : margin + facts.open >= 0 ? "undetermined" : "not_met",
      };
    }

    /* Digits as they are: a float of square metres could write 0.30000000000000004. */
    static metres(whole) {
      const digits = String(Math.abs(whole)).padStart(7, "0");
      const part = digits.slice(-6).replace(/0+$/, "");
      return (whole < 0 ? "-" : "") + digits.slice(0, -6) + (part ? "." + part : "");
    }

    /* m² that somebody typed, to whole square millimetres; NaN for what is no number. */
    static read(text) {
      const match = /^\s*(\d{1,9})(?:[.．](\d{1,6}))?\s*$/.exec(text.replace(/[,，]/g, ""));
      return match ? Number(match[1]) * MM2 + Number((match[2] || "").padEnd(6, "0")) : NaN;
    }

    /* The file that `zonegis scenario` reads: one edit a parcel that is not as in the base. */
    yaml(name) {
      const quoted = (text) => JSON.stringify(text).replace(/\u2028|\u2029/g, (c) => "\\u" + c.charCodeAt(0).toString(16));
      const lines = this.content.head.slice();
      lines.push("name: " + quoted(name));
      const edits = [];
      for (let i = 0; i < this.count; i++) {
        if (!this.isChanged(i)) continue;
        edits.push([this.columns.id.read(i), ScenarioModel.metres(this.green[i])]);
      }
      edits.sort((a, b) => (a[0] < b[0] ? -1 : 1));
      lines.push(edits.length ? "edits:" : "edits: []");
      for (const [id, green] of edits) {
        lines.push("  - edit: set_green", "    parcel_id: " + quoted(id), '    green_m2: "' + green + '"');
      }
      return lines.join("\n") + "\n";
    }
  }

  ZoneGIS.ScenarioModel = ScenarioModel;
})();
