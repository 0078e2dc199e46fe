"use strict";
// Stretches of a run as rows of boxes: inferences, layers, tasks, interrupts, sleep.

const LANE_HEIGHT = 22;
const LANES_MAX = 16;
const LANE_WORDS = { inference: "inference", layer: "layers", task: "task", exception: "interrupts", sleep: "asleep" };

function summedSteps(steps) {
  let at = 0;
  return steps.map((step) => (at += step) / 1e9);
}

// Seconds out of nanoseconds from one beginning to the next; powers out of the list of levels.
function unpack(data) {
  for (const spans of Object.values(data.lanes)) {
    spans.begin = summedSteps(spans.begin_ns);
    spans.end = spans.begin.map((begin, place) => begin + spans.for_ns[place] / 1e9);
  }
  data.ram.at = summedSteps(data.ram.at_ns);
  data.power.at = summedSteps(data.power.at_ns);
  for (const column of ["w", "low", "high", "peak"]) data.power[column] = data.power.level.map((level) => data.power[column][level]);
}

function lanesOf(data) {
  const lanes = [];
  for (const [kind, spans] of Object.entries(data.lanes)) {
    const places = spans.begin.map((_, place) => place);
    if (kind !== "task") lanes.push({ kind, title: LANE_WORDS[kind], spans, places });
    else {
      const names = [...new Set(spans.name)];
      for (const name of names) lanes.push({ kind, title: data.names[name], spans, places: places.filter((place) => spans.name[place] === name) });
    }
  }
  return lanes.slice(0, LANES_MAX);
}

function drawLanes(svg, lanes, data, view) {
  lanes.forEach((lane, row) => {
    const top = row * LANE_HEIGHT + 2;
    const title = lane.title.length > 11 ? `${lane.title.slice(0, 10)}…` : lane.title;
    svg.append(svgElement("text", { x: view.left - 6, y: top + 14, "text-anchor": "end" }, title));
    let reached = -1;
    for (const place of lane.places) {
      const begin = Math.max(view.x(lane.spans.begin[place]), view.left);
      const end = Math.min(view.x(lane.spans.end[place]), view.right);
      if (end < view.left || begin > view.right || end < reached + 0.5) continue; // would not be seen
      reached = Math.max(end, begin + 1);
      const odd = lane.kind === "layer" && place % 2 ? "-odd" : "";
      const thin = end - begin < 4 ? " thin" : "";
      svg.append(svgElement("rect", { class: `span lane-${lane.kind}${odd}${thin}`, x: begin.toFixed(2), y: top, width: Math.max(end - begin, 1).toFixed(2), height: LANE_HEIGHT - 4 }));
      const letters = Math.floor((end - begin - 6) / 6.6);
      const name = data.names[lane.spans.name[place]];
      if (letters > 3) svg.append(svgElement("text", { class: "inside", x: (begin + 4).toFixed(2), y: top + 13.5 }, name.length > letters ? `${name.slice(0, letters - 1)}…` : name));
    }
  });
}

function spansAt(lanes, data, at) {
  const found = [];
  for (const { spans, places } of lanes) {
    for (const place of places) {
      if (spans.begin[place] <= at && at < spans.end[place]) {
        const name = data.names[spans.name[place]];
        found.push(`${name}: ${engineering(spans.end[place] - spans.begin[place], "s")}, ${grouped(spans.cycles[place])} cycles`);
        break;
      }
    }
  }
  return found.join(" · ");
}

// Layers and sleep behind another chart, so that one sees what it was doing.
function shade(svg, data, view, top, bottom) {
  for (const kind of ["layer", "sleep"]) {
    const spans = data.lanes[kind];
    let reached = -1;
    for (let place = 0; spans && place < spans.begin.length; place += 1) {
      const begin = Math.max(view.x(spans.begin[place]), view.left);
      const end = Math.min(view.x(spans.end[place]), view.right);
      if (end - begin < 1 || end < reached) continue;
      reached = end;
      const name = kind === "sleep" ? "shade-sleep" : place % 2 ? "shade-b" : "shade-a";
      svg.append(svgElement("rect", { class: name, x: begin.toFixed(2), y: top, width: (end - begin).toFixed(2), height: bottom - top }));
    }
  }
}

class SpanChart {
  constructor(time) {
    Object.assign(this, { time, title: "What ran", keys: [], lanes: lanesOf(time.data) });
  }

  draw(svg) {
    drawLanes(svg, this.lanes, this.time.data, this.time.view);
    return this.time.drawTimeAxis(svg, this.lanes.length * LANE_HEIGHT + 4);
  }

  readAt(at) {
    return spansAt(this.lanes, this.time.data, at);
  }

  summary() {
    return "";
  }
}
