// Draws the rate of ended jobs from the figures in the page, anew whenever the page has fetched itself.
import uPlot from "uplot";

const HEIGHT = 190;
const place = document.getElementById("rate");
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const values = () => JSON.parse(document.getElementById("rate-data").dataset.values);

if (place) {
  const line = (label, name, more = {}) => ({ label, stroke: colour(name), width: 1.75, points: { show: false }, ...more });
  const axis = { stroke: colour("tblr-secondary"), grid: { stroke: colour("tblr-border-color"), width: 1 }, ticks: { show: false } };
  const chart = new uPlot({
    width: place.clientWidth, height: HEIGHT,
    cursor: { y: false }, legend: { live: true },
    scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, 5)] }, queued: { range: (_, low, high) => [0, Math.max(high * 1.1, 5)] } },
    axes: [axis, { ...axis, size: 45 }, { ...axis, scale: "queued", side: 1, size: 45, grid: { show: false } }],
    series: [{}, line("succeeded a minute", "succeeded", { fill: `${colour("succeeded")}22` }), line("failed a minute", "failed"),
      line("queued", "queued", { scale: "queued", dash: [4, 4] })],
  }, values(), place);
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  document.addEventListener("htmx:afterSwap", () => chart.setData(values()));
}
