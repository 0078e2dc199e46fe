"use strict";
// The flame graph, callers on top: zoom, search, another weight; by mouse, finger or keyboard.

const FRAME_HEIGHT = 22;
const NARROWEST_PX = 1.5;
const HEAT_RATIOS = [0.003, 0.02, 0.06, 0.12, 0.25];
const CHANGE_RATIOS = [0.001, 0.05, 0.2];

class FlameGraph {
  constructor(box, tree, hidesSleep) {
    Object.assign(this, { box, tree, weight: "cycles", side: "new", words: "", zoomed: tree.root });
    this.isChange = box.hasAttribute("data-change");
    this.body = box.querySelector(".flame-body");
    this.crumbs = box.querySelector(".crumbs");
    this.readout = box.querySelector(".flame-readout");
    this.matched = box.querySelector(".flame-matched");
    this.hasSleep = !hidesSleep;
    this.setUpTools();
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("pointerleave", hideTip);
    new ResizeObserver(() => this.draw()).observe(this.body);
  }

  setUpTools() {
    const on = (selector, kind, act) => this.box.querySelectorAll(selector).forEach((each) => each.addEventListener(kind, () => {
      act(each);
      this.draw();
    }));
    on("[name$=-weight]", "change", (input) => (this.weight = input.value));
    on("[name$=-side]", "change", (input) => (this.side = input.value));
    on(".flame-search", "input", (input) => (this.words = input.value.trim().toLowerCase()));
    on(".flame-sleep", "change", (input) => (this.hasSleep = input.checked));
    const sleep = this.box.querySelector(".flame-sleep");
    sleep.checked = this.hasSleep;
    sleep.closest("label").hidden = !this.tree.hasSleep;
  }

  width(node) {
    return this.widths()[node];
  }

  widths() {
    return this.tree.inclusive(this.side === "old" ? `old_${this.weight}` : this.weight, this.hasSleep);
  }

  draw() {
    const hadFocus = this.body.contains(document.activeElement);
    if (!this.width(this.zoomed)) this.zoomed = this.tree.root;
    this.frames = new Map();
    this.rows = [];
    const above = this.tree.path(this.zoomed);
    above.forEach((node, depth) => this.add(node, depth, 0, 1, depth < above.length - 1));
    this.addBelow(this.zoomed, above.length, 0, 1);
    this.body.replaceChildren(...this.frames.values());
    this.body.style.height = `${this.rows.length * FRAME_HEIGHT}px`;
    this.drawCrumbs(above);
    this.showMatched();
    const current = this.frames.get(this.zoomed);
    current.tabIndex = 0;
    if (hadFocus) current.focus({ preventScroll: true });
  }

  addBelow(node, depth, left, width) {
    const widths = this.widths();
    const narrowest = NARROWEST_PX / Math.max(this.body.clientWidth, 1);
    const whole = widths[node];
    const callees = this.tree.children[node].filter((each) => widths[each] > 0).sort((a, b) => widths[b] - widths[a] || a - b);
    for (const each of callees) {
      const share = (width * widths[each]) / whole;
      if (share < narrowest) break;
      this.add(each, depth, left, share, false);
      this.addBelow(each, depth + 1, left, share);
      left += share;
    }
  }

  add(node, depth, left, width, isAbove) {
    const isMatch = this.words && this.tree.matches(node, this.words);
    const classes = ["frame", this.colour(node), isAbove ? "above" : "", isMatch ? "match" : ""];
    const frame = element("button", { type: "button", class: classes.filter(Boolean).join(" "), tabindex: -1, "aria-label": this.words_of(node).join(", ") });
    if (width * this.body.clientWidth > 26) frame.textContent = this.label(node);
    frame.style.left = `${100 * left}%`;
    frame.style.width = `${100 * width}%`;
    frame.style.top = `${depth * FRAME_HEIGHT}px`;
    frame.addEventListener("click", () => this.zoom(node));
    frame.addEventListener("pointermove", (event) => event.pointerType === "mouse" && showTip(this.words_of(node).join("\n"), event.clientX, event.clientY));
    frame.addEventListener("pointerleave", hideTip);
    frame.addEventListener("focus", () => (this.readout.textContent = this.words_of(node).join(" · ")));
    this.frames.set(node, frame);
    (this.rows[depth] ??= []).push(node);
  }

  label(node) {
    if (!this.isChange) return this.tree.name(node);
    const [old, now] = this.pair(node);
    const change = !old ? "new" : !now ? "gone" : now === old ? "" : signed(percent((now - old) / old), now - old);
    return `${this.tree.name(node)} ${change}`;
  }

  colour(node) {
    if (this.isChange) return this.changeColour(node);
    const total = this.width(this.tree.root);
    const ratio = this.tree.self(node, this.weight) / total;
    if (this.tree.kind(node) !== "function") return "plain";
    return `heat-${HEAT_RATIOS.filter((limit) => ratio >= limit).length}`;
  }

  changeColour(node) {
    const [old, now] = this.pair(node);
    const ratio = Math.abs(now - old) / Math.max(old, now, 1e-30);
    const level = CHANGE_RATIOS.filter((limit) => ratio >= limit).length;
    return level ? `${now > old ? "more" : "less"}-${level}` : "plain";
  }

  pair(node, weight = this.weight) {
    return [`old_${weight}`, weight].map((each) => this.tree.inclusive(each, this.hasSleep)[node]);
  }

  words_of(node) {
    return this.isChange ? this.changeWords(node) : this.costWords(node);
  }

  costWords(node) {
    const { tree, hasSleep } = this;
    const share = this.width(node) / (this.width(tree.root) || 1);
    const lines = [tree.name(node) + (tree.file(node) ? ` (${tree.file(node)})` : "")];
    const weights = ["cycles", "s", "j"].filter((each) => tree.data[each]);
    lines.push(`${weights.map((each) => WEIGHT_WORDS[each](tree.inclusive(each, hasSleep)[node])).join(", ")}`);
    lines.push(`${percent(share)} of the run's ${{ cycles: "cycles", s: "time", j: "energy" }[this.weight]}`);
    if (node !== tree.root) {
      lines.push(`itself ${weights.map((each) => WEIGHT_WORDS[each](tree.self(node, each))).join(", ")}`);
      if (tree.data.calls[node]) lines.push(`called ${grouped(tree.data.calls[node])} times`);
      if (tree.data.layer[node] >= 0) lines.push(`layer ${tree.data.layer[node]}`);
    }
    return lines;
  }

  changeWords(node) {
    const { tree } = this;
    const was = node !== tree.root && tree.data.was[node] ? `, was ${tree.data.was[node]}` : "";
    const lines = [`${tree.name(node)}${was}`];
    for (const weight of ["cycles", "s", "j"].filter((each) => tree.data[each])) {
      const [old, now] = this.pair(node, weight);
      const ratio = old ? `, ${signed(percent((now - old) / old), now - old)}` : "";
      lines.push(`${WEIGHT_WORDS[weight](old)} → ${WEIGHT_WORDS[weight](now)}${ratio}`);
    }
    const status = node === tree.root ? "" : tree.data.status[node];
    if (["added", "removed", "renamed"].includes(status)) lines.push(status);
    return lines;
  }

  drawCrumbs(path) {
    const shown = path.length > 1 ? path : [];
    this.crumbs.replaceChildren(...shown.map((node) => {
      const button = element("button", { type: "button" }, this.tree.name(node));
      button.addEventListener("click", () => this.zoom(node));
      return button;
    }));
  }

  showMatched() {
    this.body.classList.toggle("searching", Boolean(this.words));
    if (!this.words) {
      this.matched.textContent = "";
      return;
    }
    const topmost = (node) => this.tree.matches(node, this.words) ? this.width(node) : this.tree.children[node].reduce((sum, each) => sum + topmost(each), 0);
    const whole = this.width(this.zoomed);
    this.matched.textContent = `matched ${percent(whole ? topmost(this.zoomed) / whole : 0)}`;
  }

  zoom(node) {
    hideTip();
    this.zoomed = node;
    this.draw();
    this.readout.textContent = this.words_of(node).join(" · ");
  }

  key(event) {
    if (event.key === "Escape" && this.zoomed !== this.tree.root) this.zoom(this.tree.parentOf(this.zoomed));
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const current = [...this.frames].find(([, frame]) => frame === document.activeElement);
    const target = current && this.neighbour(current[0], ...move);
    if (target !== undefined) this.frames.get(target).focus();
  }

  neighbour(node, down, right) {
    if (down < 0) return this.frames.has(this.tree.parentOf(node)) ? this.tree.parentOf(node) : undefined;
    const depth = this.rows.findIndex((row) => row.includes(node));
    if (down > 0) return (this.rows[depth + 1] ?? []).find((each) => this.tree.parentOf(each) === node);
    return this.rows[depth][this.rows[depth].indexOf(node) + right];
  }
}

document.querySelectorAll(".flame").forEach((box) => new FlameGraph(box, new CallTree(DATA[box.id]), DATA.hides_sleep));
