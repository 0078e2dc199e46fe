"use strict";
// Charts over one shared axis of time: zoom, cursor, axes. What they show is in lanes.js, ram.js and power.js.

const CHART_HEIGHT = 190;
const AXIS_HEIGHT = 22;

class TimeView {
  constructor(box, data, limits) {
    Object.assign(this, { box, data, limits, begin: 0, end: limits.end, cursor: null, peers: [], isLog: false });
    this.figures = [];
    this.setUpTools();
    if (lanesOf(data).length) this.addFigure(new SpanChart(this));
    if (data.ram.at.length) this.addFigure(new RamChart(this));
    if (data.power.at.length) this.addFigure(new PowerChart(this));
    this.addNotes();
    new ResizeObserver(() => this.draw()).observe(box);
  }

  // --- controls ---

  setUpTools() {
    const tools = element("div", { class: "chart-tools" });
    const add = (text, label, act) => {
      const button = element("button", { type: "button", "aria-label": label }, text);
      button.addEventListener("click", act);
      tools.append(button);
    };
    add("All", "Show the whole run", () => this.show(0, this.limits.end));
    const inferences = this.data.lanes.inference;
    if (inferences) add("First inference", "Zoom to the first inference", () => this.showFirst());
    add("+", "Zoom in", () => this.scale(0.5));
    add("−", "Zoom out", () => this.scale(2));
    add("←", "Earlier", () => this.shift(-0.5));
    add("→", "Later", () => this.shift(0.5));
    if (this.data.power.at.length) {
      const label = element("label", {}, "logarithmic power ");
      this.logInput = element("input", { type: "checkbox", class: "log-power" });
      this.logInput.addEventListener("change", () => this.setLog(this.logInput.checked));
      label.prepend(this.logInput);
      tools.append(label);
    }
    this.range = element("output", { "aria-live": "off" });
    tools.append(this.range);
    this.box.append(tools);
  }

  // A chart has `title`, `keys` for its legend, draw(svg), readAt(time) and, of what is visible, summary().
  addFigure(chart) {
    const figure = element("figure");
    const caption = element("figcaption");
    caption.append(element("strong", {}, chart.title));
    chart.keys.forEach((key) => caption.append(element("span", { class: `key ram-${key}` }, key)));
    const words = element("span");
    caption.append(words);
    const svg = svgElement("svg", { role: "img", tabindex: 0, "aria-label": `${chart.title} over time` });
    const output = element("output");
    figure.append(caption, svg, output);
    this.box.append(figure);
    this.figures.push({ chart, svg, output, words });
    this.listen(svg);
  }

  addNotes() {
    const { data } = this;
    const notes = [];
    if (data.left_out) notes.push(`${grouped(data.left_out)} stretches are not in this page: it has the earliest and, of the rest, the longest ones.`);
    if (data.is_ram_merged) notes.push("Of neighbouring moments the page has the one with the most memory in use.");
    if (data.is_power_merged) notes.push("Power is the mean of neighbouring stretches; their energy is kept; the thin line is the highest of them.");
    if (data.power.at.length && !data.is_power_exact) notes.push("Sleep is known by stretches of equal clock only; power there is their mean.");
    notes.forEach((text) => this.box.append(element("p", { class: "note" }, text)));
  }

  listen(svg) {
    let from = null;
    const place = (event) => event.clientX - svg.getBoundingClientRect().left;
    svg.addEventListener("pointerdown", (event) => {
      from = place(event);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      this.cursor = this.timeAt(place(event));
      this.selection = from !== null && Math.abs(place(event) - from) > 4 ? [from, place(event)] : null;
      this.drawCursor();
    });
    svg.addEventListener("pointerup", () => {
      if (this.selection) this.show(...this.selection.map((x) => this.timeAt(x)).sort((a, b) => a - b));
      from = this.selection = null;
      this.drawCursor();
    });
    svg.addEventListener("pointercancel", () => {
      from = this.selection = null;
    });
    svg.addEventListener("dblclick", () => this.show(0, this.limits.end));
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = (this.end - this.begin) / 100;
    const acts = {
      ArrowLeft: () => this.moveCursor(-step),
      ArrowRight: () => this.moveCursor(step),
      "+": () => this.scale(0.5),
      "=": () => this.scale(0.5),
      "-": () => this.scale(2),
      Escape: () => this.show(0, this.limits.end),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  setLog(isLog) {
    for (const each of [this, ...this.peers]) {
      each.isLog = isLog;
      if (each.logInput) each.logInput.checked = isLog;
      each.draw();
    }
  }

  moveCursor(step) {
    this.cursor = Math.min(Math.max((this.cursor ?? this.begin) + step, this.begin), this.end);
    this.drawCursor();
  }

  scale(factor) {
    const around = this.cursor !== null && this.cursor > this.begin && this.cursor < this.end ? this.cursor : (this.begin + this.end) / 2;
    this.show(around - (around - this.begin) * factor, around + (this.end - around) * factor);
  }

  shift(share) {
    const width = this.end - this.begin;
    const begin = Math.min(Math.max(this.begin + share * width, 0), this.limits.end - width);
    this.show(begin, begin + width);
  }

  // Of two runs each shows its own first inference, as wide as the longer one.
  showFirst() {
    const views = [this, ...this.peers].filter((each) => each.data.lanes.inference);
    const width = Math.max(...views.map(({ data: { lanes } }) => lanes.inference.end[0] - lanes.inference.begin[0]));
    for (const each of views) {
      const begin = each.data.lanes.inference.begin[0];
      each.showOnly(begin - 0.03 * width, begin + 1.03 * width);
    }
  }

  show(begin, end) {
    for (const each of [this, ...this.peers]) each.showOnly(begin, end);
  }

  showOnly(begin, end) {
    this.begin = Math.max(0, begin);
    this.end = Math.min(this.limits.end, Math.max(end, this.begin + 1e-8)); // no narrower than a cycle at 100 MHz
    this.draw();
  }

  // --- drawing ---

  timeAt(x) {
    const { left, right } = this.view;
    const share = (Math.min(Math.max(x, left), right) - left) / (right - left);
    return this.begin + share * (this.end - this.begin);
  }

  // As exact as a pixel of the visible window.
  timeWords(at) {
    return tickWords([at, at + (this.end - this.begin) / 1000], "s")[0];
  }

  draw() {
    const width = this.box.clientWidth - 22;
    if (width < 60) return;
    const left = width < 480 ? 62 : 84;
    const right = width - 10;
    const x = (at) => left + ((at - this.begin) / (this.end - this.begin)) * (right - left);
    this.view = { left, right, width, x };
    this.range.textContent = `${this.timeWords(this.begin)} to ${this.timeWords(this.end)} (${engineering(this.end - this.begin, "s")})`;
    for (const figure of this.figures) {
      figure.svg.replaceChildren();
      const height = figure.chart.draw(figure.svg);
      figure.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      figure.svg.setAttribute("height", height);
      figure.words.textContent = figure.chart.summary();
      figure.marks = svgElement("g");
      figure.svg.append(figure.marks);
      figure.height = height - AXIS_HEIGHT;
    }
    this.drawCursor();
  }

  drawCursor() {
    for (const { chart, marks, height, output } of this.figures) {
      marks.replaceChildren();
      if (this.selection) {
        const [a, b] = this.selection.map((x) => this.view.x(this.timeAt(x))).sort((first, second) => first - second);
        marks.append(svgElement("rect", { class: "selection", x: a, y: 0, width: b - a, height }));
      }
      const isShown = this.cursor !== null && this.cursor >= this.begin && this.cursor <= this.end;
      if (isShown) marks.append(svgElement("line", { class: "cursor", x1: this.view.x(this.cursor), x2: this.view.x(this.cursor), y1: 0, y2: height }));
      output.textContent = isShown ? `${this.timeWords(this.cursor)}: ${chart.readAt(this.cursor)}` : "";
    }
  }

  drawTimeAxis(svg, top) {
    const { left, right, width, x } = this.view;
    const values = ticks(this.begin, this.end, Math.max(2, Math.floor(width / 130)));
    svg.append(svgElement("line", { class: "axis", x1: left, x2: right, y1: top, y2: top }));
    tickWords(values, "s").forEach((text, place) => {
      const at = x(values[place]);
      const anchor = at > right - 24 ? "end" : at < left + 24 ? "start" : "middle";
      svg.append(svgElement("line", { class: "axis", x1: at, x2: at, y1: top, y2: top + 4 }));
      svg.append(svgElement("text", { x: at, y: top + 16, "text-anchor": anchor }, text));
    });
    return top + AXIS_HEIGHT;
  }

  drawValueAxis(svg, values, texts, y) {
    const { left, right } = this.view;
    values.forEach((value, place) => {
      svg.append(svgElement("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }));
      svg.append(svgElement("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, texts[place]));
    });
  }

  // A line of steps through the points that are visible, from the left edge to the right.
  steps(at, values, y) {
    const first = Math.max(0, placeBefore(at, this.begin));
    const points = [];
    for (let place = first; place < at.length && (place === first || at[place] < this.end); place += 1) {
      const x = this.view.x(Math.max(at[place], this.begin)).toFixed(2);
      if (points.length) points.push(`${x},${points[points.length - 1].split(",")[1]}`);
      points.push(`${x},${y(values[place]).toFixed(2)}`);
    }
    const last = this.view.x(Math.min(this.end, this.data.end)).toFixed(2);
    if (points.length) points.push(`${last},${points[points.length - 1].split(",")[1]}`);
    return points;
  }
}

function timeLimits(all) {
  const sums = all.flatMap(({ ram }) => ram.at.map((_, place) => RAM_PARTS.reduce((sum, part) => sum + ram[part][place], 0)));
  const largest = (values) => values.reduce((most, value) => Math.max(most, value), 0);
  const powers = all.flatMap(({ power }) => power.low).filter((value) => value > 0);
  return {
    end: largest(all.map((data) => data.end)),
    bytes: largest(sums) * 1.08 || 1,
    power: { low: powers.reduce((least, value) => Math.min(least, value), Infinity), high: largest(all.flatMap(({ power }) => [...power.high, ...power.peak])) * 1.08 || 1 },
  };
}

function setUpTimelines() {
  const boxes = [...document.querySelectorAll("[data-time]")];
  boxes.forEach((box) => unpack(DATA[box.dataset.time]));
  const limits = timeLimits(boxes.map((box) => DATA[box.dataset.time])); // one scale: two runs can be compared
  const views = boxes.map((box) => new TimeView(box, DATA[box.dataset.time], limits));
  views.forEach((view) => (view.peers = views.filter((each) => each !== view)));
}

setUpTimelines();
