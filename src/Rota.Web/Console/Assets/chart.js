// Draws the rate of ended jobs from the figures in the page, anew whenever the page has fetched itself.
import uPlot from "uplot";

const HEIGHT = 190, FULL_MIN = 5;
const place = document.getElementById("rate");
const local = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

if (place) {
  const chart = new uPlot(options(), values(), place);
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  document.addEventListener("htmx:afterSwap", () => chart.setData(values()));
}

function values() {
  return JSON.parse(document.getElementById("rate-data").dataset.values);
}

function options() {
  const axis = { stroke: colour("tblr-secondary"), grid: { stroke: colour("tblr-border-color"), width: 1 }, ticks: { show: false } };
  const scale = { range: (_, low, high) => [0, Math.max(high * 1.1, FULL_MIN)] };
  return {
    width: place.clientWidth, height: HEIGHT, cursor: { y: false }, scales: { y: scale, queued: scale },
    axes: [
      { ...axis, space: 90, values: (_, ticks) => ticks.map(tick => local.format(tick * 1000)) },
      { ...axis, size: 45 },
      { ...axis, size: 45, scale: "queued", side: 1, grid: { show: false } },
    ],
    series: [
      { label: "at", value: (_, at) => (at ? local.format(at * 1000) : "–") },
      line("succeeded a minute", "succeeded", { fill: colour("succeeded").replace("rgb(", "rgba(").replace(")", ", .12)") }),
      line("failed a minute", "failed"),
      line("queued", "queued", { scale: "queued", dash: [4, 4] }),
    ],
  };
}

function line(label, name, more = {}) {
  return { label, stroke: colour(name), width: 1.75, points: { show: false }, ...more };
}

// A canvas takes no variables: the browser works them out.
function colour(name) {
  place.style.color = `var(--${name})`;
  const worked = getComputedStyle(place).color;
  place.style.color = "";
  return worked;
}
