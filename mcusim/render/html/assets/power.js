"use strict";
// Supply power with its band, and what the visible window amounts to.

class PowerChart {
  constructor(time) {
    Object.assign(this, { time, title: "Supply power", keys: [] });
  }

  scale() {
    const { low, high } = this.time.limits.power;
    if (!this.time.isLog) return { y: (value) => CHART_HEIGHT - (value / high) * (CHART_HEIGHT - 8), marks: ticks(0, high, 5) };
    const floor = 10 ** Math.floor(Math.log10(low));
    const decades = Math.log10(high / floor) || 1;
    const y = (value) => CHART_HEIGHT - (Math.log10(Math.max(value, floor) / floor) / decades) * (CHART_HEIGHT - 8);
    return { y, marks: logTicks(floor, high) };
  }

  draw(svg) {
    const power = this.visiblePower();
    const { y, marks } = this.scale();
    this.time.drawValueAxis(svg, marks, this.time.isLog ? marks.map((value) => engineering(value, "W", 1)) : tickWords(marks, "W"), y);
    shade(svg, this.time.data, this.time.view, 0, CHART_HEIGHT);
    const band = [...this.time.steps(power.at, power.high, y), ...this.time.steps(power.at, power.low, y).reverse()];
    svg.append(svgElement("polygon", { class: "band", points: band.join(" ") }));
    if (power.isMerged) svg.append(svgElement("polyline", { class: "peaks", points: this.time.steps(power.at, power.peak, y).join(" ") }));
    svg.append(svgElement("polyline", { class: "line", points: this.time.steps(power.at, power.w, y).join(" ") }));
    return this.time.drawTimeAxis(svg, CHART_HEIGHT);
  }

  // Where more points than pixels would fill the picture: for each pixel the mean, and the highest.
  visiblePower() {
    const { power } = this.time.data;
    const pixels = Math.ceil(this.time.view.right - this.time.view.left);
    const [first, last] = [Math.max(0, placeBefore(power.at, this.time.begin)), placeBefore(power.at, this.time.end)];
    this.isMerged = last - first > pixels;
    if (!this.isMerged) return { ...power, isMerged: this.time.data.is_power_merged };
    const step = (this.time.end - this.time.begin) / pixels;
    const merged = { at: [], w: [], low: [], high: [], peak: [], isMerged: true };
    let place = first;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const [begin, end] = [this.time.begin + pixel * step, this.time.begin + (pixel + 1) * step];
      const sums = { w: 0, low: 0, high: 0 };
      let [peak, seconds] = [0, 0];
      for (; place <= last; place += 1) {
        const until = Math.min(power.at[place + 1] ?? this.time.data.end, end);
        const part = until - Math.max(power.at[place], begin);
        if (part > 0) {
          for (const column of Object.keys(sums)) sums[column] += part * power[column][place];
          seconds += part;
          peak = Math.max(peak, power.peak[place]);
        }
        if (until >= end) break; // the point goes on into the next pixel
      }
      if (seconds <= 0) break;
      merged.at.push(begin);
      for (const column of Object.keys(sums)) merged[column].push(sums[column] / seconds);
      merged.peak.push(peak);
    }
    return merged;
  }

  readAt(at) {
    const { power } = this.time.data;
    const place = Math.max(0, placeBefore(power.at, at));
    const [low, high] = [power.low[place], power.high[place]].map((each) => engineering(each, "W"));
    return `${engineering(power.w[place], "W")} (${low} to ${high}) ${power.states[power.level[place]]}`;
  }

  summary() {
    const { power } = this.time.data;
    const end = Math.min(this.time.end, this.time.data.end);
    let [energy, peak] = [0, 0];
    for (let place = Math.max(0, placeBefore(power.at, this.time.begin)); place < power.at.length && power.at[place] < end; place += 1) {
      const until = Math.min(power.at[place + 1] ?? this.time.data.end, end);
      const seconds = until - Math.max(power.at[place], this.time.begin);
      if (seconds <= 0) continue;
      energy += power.w[place] * seconds;
      peak = Math.max(peak, power.peak[place]);
    }
    const mean = energy / (end - this.time.begin || 1);
    const charge = energy / this.time.data.supply_v;
    return `this window: mean ${engineering(mean, "W")}, peak ${engineering(peak, "W")}, energy ${engineering(energy, "J")}, charge ${engineering(charge, "C")}${this.isMerged ? "; drawn: mean and peak of each pixel" : ""}`;
  }
}
