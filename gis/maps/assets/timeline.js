/* Statuses over time: a slider over the days on which any parcel's status changes, and the balance of each. */
(function () {
  "use strict";
  const ZoneGIS = window.ZoneGIS;
  const page = ZoneGIS.page;
  const { byId, make, said, word } = ZoneGIS.words;
  const PLAY_MS = 120;
  const BAND_HEIGHT = 54;

  class Timeline {
    constructor(packed, count) {
      Object.assign(this, packed);
      this.first = new Uint32Array(count + 1);
      for (let i = 0; i < count; i++) this.first[i + 1] = this.first[i] + packed.counts[i];
      this.codesOfDay = new Uint8Array(count);
      this.place = this.days.length; // beyond the last day of change: the as-of date, as the run found it
      this.day = "";
    }

    /* The class of each parcel on a day of change. */
    codesAt(place) {
      const nobody = this.classes.length - 1;
      for (let i = 0; i < this.codesOfDay.length; i++) {
        let code = nobody;
        for (let k = this.first[i]; k < this.first[i + 1] && this.from[k] <= place; k++) code = this.codes[k];
        this.codesOfDay[i] = code;
      }
      return this.codesOfDay;
    }

    /* The legend of a day: the classes with their counts and hectares. */
    classesAt(place) {
      const size = this.classes.length;
      return this.classes.map((item, code) =>
        Object.assign({}, item, { count: this.parcels_count[place * size + code], m2: this.mm2[place * size + code] / 1e6 }));
    }

    historyOf(i) {
      const lines = [];
      // What holds on the first day may have begun before it.
      const when = (k) => (this.from[k] === 0 ? "≤ " : "") + this.days[this.from[k]];
      for (let k = this.first[i]; k < this.first[i + 1]; k++) lines.push(when(k) + " " + said(this.classes[this.codes[k]].words));
      return lines;
    }
  }

  ZoneGIS.makeTimeline = function (packed) {
    if (!packed) return;
    const timeline = (page.timeline = new Timeline(packed, page.parcels.shapes.count));
    timeline.own = page.views.status;
    const told = timeline.days.filter((day) => day <= page.dayTold).length;
    if (page.dayTold) show(Math.max(0, told - 1));
    byId("zg-time").hidden = false;
    window.addEventListener("resize", drawBand);
  };

  /* Show a day of change; beyond the last one, the as-of date. */
  function show(place) {
    const { timeline } = page;
    timeline.place = Math.max(0, Math.min(timeline.days.length, place));
    timeline.day = timeline.place < timeline.days.length ? timeline.days[timeline.place] : "";
    page.views.status = timeline.day
      ? Object.assign({}, timeline.own, { classes: timeline.classesAt(timeline.place), codes: timeline.codesAt(timeline.place) })
      : timeline.own;
    if (!page.isReady) return;
    ZoneGIS.showView("status");
    tell();
  }

  function tell() {
    const { timeline } = page;
    const count = timeline.days.length;
    byId("zg-time-slider").value = String(timeline.place);
    byId("zg-time-slider").setAttribute("aria-valuetext", timeline.day || page.facts.as_of);
    byId("zg-time-told").textContent = timeline.day
      ? word("time_at", { day: timeline.day, place: timeline.place + 1, count })
      : word("as_of") + (page.lang === "zh" ? "：" : ": ") + page.facts.as_of;
    byId("zg-time-play").textContent = word(timeline.playing ? "time_pause" : "time_play");
    drawBand();
  }

  function play() {
    const { timeline } = page;
    if (timeline.playing) return pause();
    if (timeline.place >= timeline.days.length) show(0);
    timeline.playing = setInterval(() => {
      if (timeline.place >= timeline.days.length) pause();
      else show(timeline.place + 1);
    }, PLAY_MS);
    return tell();
  }
  function pause() {
    clearInterval(page.timeline.playing);
    page.timeline.playing = null;
    tell();
  }

  /* Hectares of each class over time, one above the other, with a line at the day shown. */
  function drawBand() {
    const canvas = byId("zg-time-chart");
    if (!canvas) return;
    const { timeline } = page;
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth || 1;
    canvas.width = width * ratio;
    canvas.height = BAND_HEIGHT * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const days = timeline.days.length, size = timeline.classes.length;
    const x = (place) => (place / Math.max(1, days)) * width;
    for (let place = 0; place < days; place++) {
      let below = 0, whole = 0;
      for (let code = 0; code < size; code++) whole += timeline.mm2[place * size + code];
      for (let code = size - 1; code >= 0; code--) {
        const high = (timeline.mm2[place * size + code] / (whole || 1)) * BAND_HEIGHT;
        context.fillStyle = timeline.classes[code].fill;
        context.fillRect(x(place), BAND_HEIGHT - below - high, x(place + 1) - x(place) + 0.5, high);
        below += high;
      }
    }
    context.fillStyle = "#1c2429";
    context.fillRect(Math.min(width - 2, x(timeline.place)), 0, 2, BAND_HEIGHT);
  }

  ZoneGIS.sayTimeline = function () {
    const { timeline } = page;
    if (!timeline) return;
    const box = byId("zg-time");
    const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.id : "";
    box.textContent = "";
    const button = (id, key, onclick) => make("button", { type: "button", id: "zg-time-" + id, onclick }, word(key));
    box.append(make("div", { class: "zg-time-line" }, [
      make("output", { id: "zg-time-told", for: "zg-time-slider", "aria-live": "polite" }),
      button("play", "time_play", play),
      button("before", "time_before", () => show(timeline.place - 1)),
      button("after", "time_after", () => show(timeline.place + 1)),
      button("now", "time_now", () => show(timeline.days.length)),
    ]));
    const slider = make("input", {
      type: "range", id: "zg-time-slider", min: "0", max: String(timeline.days.length), step: "1", "aria-label": word("time_day"),
      oninput: (event) => show(Number(event.target.value)),
    });
    box.append(make("div", { class: "zg-time-band" }, [make("canvas", { id: "zg-time-chart", "aria-hidden": "true" }), slider]));
    box.append(make("p", {}, word("time_hint")));
    tell();
    if (focused && byId(focused)) byId(focused).focus();
  };
})();
