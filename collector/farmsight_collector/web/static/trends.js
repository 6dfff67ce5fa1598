/* Draws the charts of the trends page from the figures that stand in it, anew whenever the view or the theme changes. */
import uPlot from "./libraries/uPlot.esm.js";

const SYNC = uPlot.sync("trends");
const AXIS = '11px "Segoe UI", system-ui, sans-serif';
const SECONDS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
let drawn = [];

function draw() {
  drawn.forEach((plot) => plot.destroy());
  drawn = [];
  const source = document.getElementById("trend-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const colours = palette();
  for (const box of document.querySelectorAll(".chart[data-chart]")) {
    const chart = data.charts[box.dataset.chart];
    box.replaceChildren();
    if (chart) drawn.push(plotted(box, data, chart, colours));
  }
}

function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--ink"), soft: of("--soft"), line: of("--line"), error: of("--error") };
}

function plotted(box, data, chart, colours) {
  const columns = joined(data, chart);
  const readout = box.closest("figure").querySelector(".readout");
  const options = {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    padding: [6, 16, 0, 0],
    cursor: { sync: { key: SYNC.key, scales: ["x", null] }, y: false, points: { show: false }, drag: { setScale: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: { time: true, range: [data.begin, data.end] }, y: { range: [chart.least, chart.most + (chart.most - chart.least) * 0.06] } },
    axes: [
      {
        stroke: colours.soft, font: AXIS, grid: { stroke: colours.line, width: 1 }, ticks: { show: false }, size: 22, space: 60,
        values: (_plot, ticks, _axis, _space, step) => dates(ticks, step),
      },
      {
        stroke: colours.soft, font: AXIS, grid: { stroke: colours.line, width: 1 }, ticks: { show: false }, size: 52,
        space: 34, values: (_plot, ticks) => ticks.map((tick) => said(tick, data.unit)), incrs: steps(data.unit),
      },
    ],
    bands: [
      { series: [3, 1], fill: faded(colours.soft, 0.28) },
      { series: [7, 6], fill: faded(colours.soft, 0.2) },
    ],
    series: series(colours),
    hooks: {
      draw: [(plot) => chart.limits.forEach(([value]) => limit(plot, value, colours.error))],
      setCursor: [(plot) => (readout.textContent = read(plot, data, chart))],
    },
  };
  return new uPlot(options, columns, box);
}

/* One row of times for what was and what is expected: each has its own columns, empty where the other speaks. */
function joined(data, chart) {
  const ahead = chart.forecast ? chart.forecast.times : [];
  const none = (length) => Array(length).fill(null);
  const was = (values) => [...values, ...none(ahead.length)];
  const will = (values) => [...none(data.times.length), ...values];
  const coming = chart.forecast ?? { middle: [], low: [], high: [] };
  return [
    [...data.times, ...ahead],
    was(chart.p05), was(chart.p50), was(chart.p95), was(chart.highest),
    will(coming.middle), will(coming.low), will(coming.high),
  ];
}

function series(colours) {
  const lone = { show: true, size: 4, width: 0, filter: alone };
  const hidden = { stroke: "transparent", width: 0, points: { show: false } };
  return [
    {},
    { ...hidden },
    { stroke: colours.ink, width: 1.5, points: { ...lone, fill: colours.ink, stroke: colours.ink } },
    { ...hidden },
    { stroke: colours.soft, width: 1, dash: [1, 3], points: { ...lone, size: 3, fill: colours.soft, stroke: colours.soft } },
    { stroke: colours.ink, width: 1.5, dash: [6, 4], points: { show: false } },
    { ...hidden },
    { ...hidden },
  ];
}

/* A point between two gaps is no line, and is seen all the same. */
function alone(plot, index) {
  const values = plot.data[index];
  return values.flatMap((value, at) => (value != null && values[at - 1] == null && values[at + 1] == null ? [at] : []));
}

const pad = (number) => String(number).padStart(2, "0");

/* Days as the rest of the page has them, and hours within a day; all in UTC. */
function dates(ticks, step) {
  return ticks.map((tick) => {
    const at = new Date(tick * 1000);
    const day = `${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`;
    if (step >= 86400 * 28) return `${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}`;
    return step >= 86400 || (at.getUTCHours() === 0 && at.getUTCMinutes() === 0) ? day : `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}`;
  });
}

function limit(plot, value, colour) {
  const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
  if (y < plot.bbox.top || y > plot.bbox.top + plot.bbox.height) return;
  plot.ctx.save();
  plot.ctx.strokeStyle = colour;
  plot.ctx.lineWidth = 1.5 * devicePixelRatio;
  plot.ctx.beginPath();
  plot.ctx.moveTo(plot.bbox.left, y);
  plot.ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
  plot.ctx.stroke();
  plot.ctx.restore();
}

function read(plot, data, chart) {
  const at = plot.cursor.idx;
  if (at == null || at >= data.times.length) return "";
  const when = new Date(data.times[at] * 1000).toISOString().slice(0, 16).replace("T", " ");
  if (chart.p50[at] == null) return `${when}Z nothing known`;
  const known = chart.known[at] < 0.995 ? `, ${Math.round(chart.known[at] * 100)} % known` : "";
  const band = chart.p05[at] == null ? "" : ` (${said(chart.p05[at], data.unit)} to ${said(chart.p95[at], data.unit)})`;
  return `${when}Z ${said(chart.p50[at], data.unit)}${band}, at most ${said(chart.highest[at], data.unit)}${known}`;
}

function said(value, unit) {
  const short = (number) => (Math.abs(number) >= 100 ? number.toFixed(0) : String(Number(number.toPrecision(3))));
  if (unit === "ms") return Math.abs(value) >= 1000 ? `${short(value / 1000)} s` : `${short(value)} ms`;
  if (unit === "share") return `${short(value * 100)} %`;
  if (unit === "bytes") {
    for (const [size, name] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) if (Math.abs(value) >= size) return `${short(value / size)} ${name}`;
    return `${short(value)} B`;
  }
  if (unit === "s") {
    for (const [size, name] of SECONDS) if (Math.abs(value) >= size) return `${short(value / size)} ${name}`;
    return "0";
  }
  return short(value);
}

/* Marks of time stand at whole minutes, hours and days. */
function steps(unit) {
  if (unit === "count") return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000, 1000000];
  if (unit !== "s") return undefined;
  return [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 432000, 864000, 1728000, 4320000, 8640000, 17280000, 34560000];
}

function faded(colour, part) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${part})`;
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(draw, 80);
}

document.addEventListener("farmsight:renewed", draw);
document.addEventListener("farmsight:theme", soon);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
window.addEventListener("resize", soon);
draw();
