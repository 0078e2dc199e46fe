"use strict";
// Memory and power over one shared axis of time: zoom, cursor, and what the visible window amounts to.

const CHART_HEIGHT = 190;
const AXIS_HEIGHT = 22;
const RAM_PARTS = ["static", "arena", "heap", "stack"];

class TimeView {
  constructor(box, data, limits) {
    Object.assign(this, { box, data, limits, begin: 0, end: limits.end, cursor: null, peers: [], isLog: false });
    unpackSpans(data);
    this.lanes = lanesOf(data);
    this.figures = [];
    this.setUpTools();
    if (this.lanes.length) this.addFigure("What ran", [], (svg, view) => this.drawSpans(svg, view), (at) => spansAt(this.lanes, data, at), () => "");
    if (data.ram.at.length) this.addFigure("Memory in use", RAM_PARTS, (svg, view) => this.drawRam(svg, view), (at) => this.ramAt(at), () => this.ramWords());
    if (data.power.at.length) this.addFigure("Supply power", [], (svg, view) => this.drawPower(svg, view), (at) => this.powerAt(at), () => this.powerWords());
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
      const input = element("input", { type: "checkbox", class: "log-power" });
      input.addEventListener("change", () => {
        this.isLog = input.checked;
        this.draw();
      });
      label.prepend(input);
      tools.append(label);
    }
    this.range = element("output", { "aria-live": "off" });
    tools.append(this.range);
    this.box.append(tools);
  }

  addFigure(title, keys, draw, readout, summary) {
    const figure = element("figure");
    const caption = element("figcaption");
    caption.append(element("strong", {}, title));
    keys.forEach((key) => caption.append(element("span", { class: `key ram-${key}` }, key)));
    const words = element("span");
    caption.append(words);
    const svg = svgElement("svg", { role: "img", tabindex: 0, "aria-label": `${title} over time` });
    const output = element("output");
    figure.append(caption, svg, output);
    this.box.append(figure);
    this.figures.push({ svg, draw, readout, output, words, summary });
    this.listen(svg);
  }

  addNotes() {
    const { data } = this;
    const notes = [];
    if (data.left_out) notes.push(`${grouped(data.left_out)} stretches are not in this page: it has the earliest and, of the rest, the longest ones.`);
    if (data.is_ram_merged) notes.push("Of neighbouring moments the page has the one with the most memory in use.");
    if (data.is_power_merged) notes.push("Power is the mean of neighbouring stretches; their energy is kept, short peaks are lower than they were.");
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

  draw() {
    const width = this.box.clientWidth - 22;
    if (width < 60) return;
    const left = width < 480 ? 62 : 84;
    const right = width - 10;
    const x = (at) => left + ((at - this.begin) / (this.end - this.begin)) * (right - left);
    this.view = { left, right, width, x };
    this.range.textContent = `${engineering(this.begin, "s", 5)} to ${engineering(this.end, "s", 5)} (${engineering(this.end - this.begin, "s")})`;
    for (const figure of this.figures) {
      figure.svg.replaceChildren();
      const height = figure.draw(figure.svg, this.view);
      figure.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      figure.svg.setAttribute("height", height);
      figure.words.textContent = figure.summary();
      figure.marks = svgElement("g");
      figure.svg.append(figure.marks);
      figure.height = height - AXIS_HEIGHT;
    }
    this.drawCursor();
  }

  drawCursor() {
    for (const { svg, marks, height, readout, output } of this.figures) {
      marks.replaceChildren();
      if (this.selection) {
        const [a, b] = this.selection.map((x) => this.view.x(this.timeAt(x))).sort((first, second) => first - second);
        marks.append(svgElement("rect", { class: "selection", x: a, y: 0, width: b - a, height }));
      }
      const isShown = this.cursor !== null && this.cursor >= this.begin && this.cursor <= this.end;
      if (isShown) marks.append(svgElement("line", { class: "cursor", x1: this.view.x(this.cursor), x2: this.view.x(this.cursor), y1: 0, y2: height }));
      output.textContent = isShown ? `${engineering(this.cursor, "s", 5)}  ${readout(this.cursor)}` : "";
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

  drawSpans(svg, view) {
    drawLanes(svg, this.lanes, this.data, view);
    return this.drawTimeAxis(svg, this.lanes.length * LANE_HEIGHT + 4);
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

  drawRam(svg, view) {
    const { ram } = this.data;
    const y = (value) => CHART_HEIGHT - (value / this.limits.bytes) * (CHART_HEIGHT - 8);
    const marks = byteTicks(this.limits.bytes, 5);
    this.drawValueAxis(svg, marks, marks.map(size), y);
    let below = ram.at.map(() => 0);
    for (const part of RAM_PARTS) {
      const top = ram[part].map((value, place) => value + below[place]);
      if (ram[part].some(Boolean)) {
        const points = [...this.steps(ram.at, top, y), ...this.steps(ram.at, below, y).reverse()];
        svg.append(svgElement("polygon", { class: `area ram-${part}`, points: points.join(" ") }));
      }
      below = top;
    }
    shade(svg, this.data, view, 0, CHART_HEIGHT);
    return this.drawTimeAxis(svg, CHART_HEIGHT);
  }

  ramAt(at) {
    const { ram } = this.data;
    const place = Math.max(0, placeBefore(ram.at, at));
    const parts = RAM_PARTS.filter((part) => ram[part][place]).map((part) => `${part} ${size(ram[part][place])}`);
    return `${size(RAM_PARTS.reduce((sum, part) => sum + ram[part][place], 0))} = ${parts.join(" + ")}`;
  }

  ramWords() {
    const { ram } = this.data;
    const sums = ram.at.map((_, place) => RAM_PARTS.reduce((sum, part) => sum + ram[part][place], 0));
    const visible = sums.slice(Math.max(0, placeBefore(ram.at, this.begin)), placeBefore(ram.at, this.end) + 1);
    return visible.length ? `most in this window: ${size(Math.max(...visible))}` : "";
  }

  powerScale() {
    const { low, high } = this.limits.power;
    if (!this.isLog) return { y: (value) => CHART_HEIGHT - (value / high) * (CHART_HEIGHT - 8), marks: ticks(0, high, 5) };
    const floor = 10 ** Math.floor(Math.log10(low));
    const decades = Math.log10(high / floor) || 1;
    const y = (value) => CHART_HEIGHT - (Math.log10(Math.max(value, floor) / floor) / decades) * (CHART_HEIGHT - 8);
    return { y, marks: logTicks(floor, high) };
  }

  drawPower(svg, view) {
    const { power } = this.data;
    const { y, marks } = this.powerScale();
    this.drawValueAxis(svg, marks, this.isLog ? marks.map((value) => engineering(value, "W", 1)) : tickWords(marks, "W"), y);
    shade(svg, this.data, view, 0, CHART_HEIGHT);
    const band = [...this.steps(power.at, power.high, y), ...this.steps(power.at, power.low, y).reverse()];
    svg.append(svgElement("polygon", { class: "band", points: band.join(" ") }));
    svg.append(svgElement("polyline", { class: "line", points: this.steps(power.at, power.w, y).join(" ") }));
    return this.drawTimeAxis(svg, CHART_HEIGHT);
  }

  powerAt(at) {
    const { power } = this.data;
    const place = Math.max(0, placeBefore(power.at, at));
    const [low, high] = [power.low[place], power.high[place]].map((each) => engineering(each, "W"));
    return `${engineering(power.w[place], "W")} (${low} to ${high}) ${power.states[power.state[place]]}`;
  }

  powerWords() {
    const { power } = this.data;
    const end = Math.min(this.end, this.data.end);
    let [energy, peak] = [0, 0];
    for (let place = Math.max(0, placeBefore(power.at, this.begin)); place < power.at.length && power.at[place] < end; place += 1) {
      const until = Math.min(power.at[place + 1] ?? this.data.end, end);
      const seconds = until - Math.max(power.at[place], this.begin);
      if (seconds <= 0) continue;
      energy += power.w[place] * seconds;
      peak = Math.max(peak, power.w[place]);
    }
    const mean = energy / (end - this.begin || 1);
    const charge = energy / this.data.supply_v;
    return `this window: mean ${engineering(mean, "W")}, peak ${engineering(peak, "W")}, energy ${engineering(energy, "J")}, charge ${engineering(charge, "C")}`;
  }
}

function timeLimits(all) {
  const sums = all.flatMap(({ ram }) => ram.at.map((_, place) => RAM_PARTS.reduce((sum, part) => sum + ram[part][place], 0)));
  const largest = (values) => values.reduce((most, value) => Math.max(most, value), 0);
  const powers = all.flatMap(({ power }) => power.low).filter((value) => value > 0);
  return {
    end: largest(all.map((data) => data.end)),
    bytes: largest(sums) * 1.08 || 1,
    power: { low: powers.reduce((least, value) => Math.min(least, value), Infinity), high: largest(all.flatMap(({ power }) => power.high)) * 1.08 || 1 },
  };
}

function setUpTimelines() {
  const boxes = [...document.querySelectorAll("[data-time]")];
  const limits = timeLimits(boxes.map((box) => DATA[box.dataset.time])); // one scale: two runs can be compared
  const views = boxes.map((box) => new TimeView(box, DATA[box.dataset.time], limits));
  views.forEach((view) => (view.peers = views.filter((each) => each !== view)));
}

setUpTimelines();
