"use strict";
// Memory in use: static, arena, heap and stack on one another.

const RAM_PARTS = ["static", "arena", "heap", "stack"];

class RamChart {
  constructor(time) {
    Object.assign(this, { time, title: "Memory in use", keys: RAM_PARTS.filter((part) => time.data.ram[part].some(Boolean)) });
  }

  draw(svg) {
    const { ram } = this.time.data;
    const y = (value) => CHART_HEIGHT - (value / this.time.limits.bytes) * (CHART_HEIGHT - 8);
    const marks = byteTicks(this.time.limits.bytes, 7);
    this.time.drawValueAxis(svg, marks, marks.map(size), y);
    let below = ram.at.map(() => 0);
    for (const part of RAM_PARTS) {
      const top = ram[part].map((value, place) => value + below[place]);
      if (ram[part].some(Boolean)) {
        const points = [...this.time.steps(ram.at, top, y), ...this.time.steps(ram.at, below, y).reverse()];
        svg.append(svgElement("polygon", { class: `area ram-${part}`, points: points.join(" ") }));
      }
      below = top;
    }
    shade(svg, this.time.data, this.time.view, 0, CHART_HEIGHT);
    return this.time.drawTimeAxis(svg, CHART_HEIGHT);
  }

  readAt(at) {
    const { ram } = this.time.data;
    const place = Math.max(0, placeBefore(ram.at, at));
    const parts = RAM_PARTS.filter((part) => ram[part][place]).map((part) => `${part} ${size(ram[part][place])}`);
    return `${size(RAM_PARTS.reduce((sum, part) => sum + ram[part][place], 0))} = ${parts.join(" + ")}`;
  }

  summary() {
    const { ram } = this.time.data;
    const sums = ram.at.map((_, place) => RAM_PARTS.reduce((sum, part) => sum + ram[part][place], 0));
    const visible = sums.slice(Math.max(0, placeBefore(ram.at, this.time.begin)), placeBefore(ram.at, this.time.end) + 1);
    return visible.length ? `most in this window: ${size(Math.max(...visible))}` : "";
  }
}
