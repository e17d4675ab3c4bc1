/* Packed blocks of the page as typed arrays: see gis/maps/packing.py for the form.
   Plain ES2017 without dependencies: it has to run on an old office browser, from a file. */
(function () {
  "use strict";
  const ZoneGIS = (window.ZoneGIS = window.ZoneGIS || {});
  const STEP = 1 << 22; // letters of base64 at a time; a multiple of four
  const KEEP = 1 << 24; // letters; a longer block is let go once it is unpacked, to spare memory
  const ARRAYS = {
    uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int8: Int8Array, int16: Int16Array, int32: Int32Array,
    float64: Float64Array,
  };

  ZoneGIS.readBlock = function (id) {
    return JSON.parse(document.getElementById(id).textContent);
  };

  function bytesOf(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  /* The texts of a block in turn; each is let go once it is read. */
  function* pieces(texts) {
    for (let k = 0; k < texts.length; k++) {
      for (let at = 0; at < texts[k].length; at += STEP) yield bytesOf(texts[k].slice(at, at + STEP));
      texts[k] = "";
    }
  }

  /* Scripts beside the page bring their part of a block: a page opened as a file can load nothing else. */
  const parts = {};
  ZoneGIS.part = function (id, number, text) {
    parts[id] = parts[id] || [];
    parts[id][number] = text;
  };
  function partsOf(id, count) {
    const texts = parts[id] || [];
    for (let k = 0; k < count; k++) if (typeof texts[k] !== "string") throw new Error(id + ": part-" + String(k).padStart(4, "0") + ".js");
    delete parts[id];
    return texts;
  }

  /* The browser's own unzipping, piece by piece, so that no second copy of the whole is made. */
  async function unzip(texts, size) {
    const out = new Uint8Array(size);
    const stream = new DecompressionStream("gzip");
    const writer = stream.writable.getWriter();
    const fed = (async () => {
      for (const piece of pieces(texts)) await writer.write(piece);
      await writer.close();
    })();
    const reader = stream.readable.getReader();
    let at = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      out.set(value, at);
      at += value.length;
    }
    await fed;
    return out.subarray(0, at);
  }

  /* For browsers before DecompressionStream (Chrome 80, Firefox 113, Safari 16.4). */
  function unzipByHand(texts, size) {
    const out = new Uint8Array(size);
    let at = 0;
    const gunzip = new window.fflate.Gunzip((chunk) => {
      out.set(chunk, at);
      at += chunk.length;
    });
    let left = texts.reduce((sum, text) => sum + text.length, 0);
    for (const piece of pieces(texts)) gunzip.push(piece, (left -= (piece.length / 3) * 4) < 4);
    return out.subarray(0, at);
  }

  /* Put the bytes of each number together again: they come as all first bytes, then all second ones … */
  function joinPlanes(bytes, length) {
    const width = bytes.length / length;
    if (!(width > 1)) return;
    const planes = bytes.slice();
    for (let plane = 0, from = 0; plane < width; plane++) {
      for (let to = plane; to < bytes.length; to += width) bytes[to] = planes[from++];
    }
  }

  function revive(value, buffer, start) {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((part) => revive(part, buffer, start));
    if (value.$array) {
      const [type, place, length] = value.$array;
      const numbers = new ARRAYS[type](buffer, start + place, length);
      joinPlanes(new Uint8Array(buffer, start + place, numbers.byteLength), length);
      return numbers;
    }
    const revived = {};
    for (const key of Object.keys(value)) revived[key] = revive(value[key], buffer, start);
    return revived;
  }

  ZoneGIS.readPacked = async function (id) {
    const node = document.getElementById(id);
    const size = Number(node.getAttribute("data-size"));
    const count = Number(node.getAttribute("data-parts"));
    const texts = count ? partsOf(id, count) : [node.textContent];
    if (texts[0].length > KEEP) node.textContent = "";
    const bytes = await (window.DecompressionStream ? unzip : unzipByHand)(texts, size);
    if (bytes.length !== size || bytes[0] !== 0x5a || bytes[3] !== 0x32) throw new Error(id + ": incomplete"); // ZGP2
    const length = new DataView(bytes.buffer).getUint32(4, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    return revive(header, bytes.buffer, 8 + length);
  };

  /* ---- columns ---- */
  const EVERY = 64; // rows between the marks in a run of texts
  const SEARCHED = 512; // rows that a search looks at together
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // letter for letter

  class TextColumn {
    constructor(column) {
      this.bytes = column.bytes;
      this.lengths = column.lengths;
      this.length = column.lengths.length;
      this.marks = new Uint32Array(Math.ceil(this.length / EVERY) + 1);
      let at = 0;
      for (let i = 0; i < this.length; i++) {
        if (i % EVERY === 0) this.marks[i / EVERY] = at;
        at += this.lengths[i];
      }
    }
    start(i) {
      let at = this.marks[Math.floor(i / EVERY)];
      for (let row = i - (i % EVERY); row < i; row++) at += this.lengths[row];
      return at;
    }
    read(i) {
      const at = this.start(i);
      return decoder.decode(this.bytes.subarray(at, at + this.lengths[i]));
    }
    /* The order of two rows by their letters: UTF-8 sorts as code points do. */
    compare(i, j) {
      const a = this.start(i), b = this.start(j);
      const common = Math.min(this.lengths[i], this.lengths[j]);
      for (let k = 0; k < common; k++) {
        const less = this.bytes[a + k] - this.bytes[b + k];
        if (less) return less;
      }
      return this.lengths[i] - this.lengths[j];
    }
    find(text) {
      const wanted = new TextEncoder().encode(text);
      for (let i = 0, at = 0; i < this.length; at += this.lengths[i++]) {
        if (this.lengths[i] !== wanted.length) continue;
        let k = 0;
        while (k < wanted.length && this.bytes[at + k] === wanted[k]) k++;
        if (k === wanted.length) return i;
      }
      return -1;
    }
    /* Visit the rows whose folded text has the folded words asked for. Rows are decoded and folded a run at
       a time, with an end mark between them: to do so one by one takes ten times as long. */
    search(asked, fold, visit) {
      for (let first = 0, at = 0; first < this.length; first += SEARCHED) {
        const rows = Math.min(SEARCHED, this.length - first);
        let size = rows;
        for (let k = 0; k < rows; k++) size += this.lengths[first + k];
        const run = new Uint8Array(size);
        for (let k = 0, to = 0; k < rows; k++) {
          const length = this.lengths[first + k];
          run.set(this.bytes.subarray(at, at + length), to);
          at += length;
          to += length + 1; // the mark is 0
        }
        const folded = fold(decoder.decode(run));
        if (!folded.includes(asked)) continue;
        const parts = folded.split("\u0000");
        for (let k = 0; k < rows; k++) {
          const text = parts.length === rows + 1 ? parts[k] : fold(this.read(first + k)); // a text with a mark of its own
          if (text.includes(asked)) visit(first + k, text);
        }
      }
    }
  }

  class CodedColumn {
    constructor(column) {
      this.codes = column.codes;
      this.values = column.values;
    }
    read(i) {
      return this.values[this.codes[i]];
    }
  }

  class NumberColumn {
    constructor(column) {
      this.values = column.values;
      this.none = column.null === undefined ? NaN : column.null;
      this.unit = Math.pow(10, column.digits);
    }
    read(i) {
      const whole = this.values[i];
      return whole === this.none ? null : whole / this.unit;
    }
  }

  /* Shares of uses: [group, share] of each, the greatest first. */
  class SharesColumn {
    constructor(column) {
      this.groups = column.groups;
      this.group = column.group;
      this.share = column.share;
      this.first = new Uint32Array(column.counts.length + 1);
      for (let i = 0; i < column.counts.length; i++) this.first[i + 1] = this.first[i] + column.counts[i];
    }
    read(i) {
      const shares = [];
      for (let k = this.first[i]; k < this.first[i + 1]; k++) shares.push([this.group[k], this.share[k]]);
      return shares;
    }
  }

  const KINDS = { text: TextColumn, coded: CodedColumn, number: NumberColumn, shares: SharesColumn };
  ZoneGIS.columnsOf = function (packed) {
    const columns = {};
    for (const name of Object.keys(packed)) columns[name] = new KINDS[packed[name].kind](packed[name]);
    return columns;
  };
})();
