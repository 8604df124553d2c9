// Draws charts from the figures in the page, anew whenever the page has fetched itself.
import uPlot from "uplot";

const HEIGHT = 190, FULL_MIN = 5, ALONE_S = 30;
const local = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

for (const place of document.querySelectorAll(".chart[data-lines]")) {
  const read = name => JSON.parse(document.getElementById(`${place.id}-data`)?.dataset[name] || "[]");
  const chart = new uPlot(options(place, JSON.parse(place.dataset.lines), () => read("marks")), read("values"), place);
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  document.addEventListener("htmx:afterSwap", () => {
    const isZoomed = chart.scales.x.min > chart.data[0][0] || chart.scales.x.max < chart.data[0].at(-1);
    chart.setData(read("values"), !isZoomed); // what somebody looks at closely stays where it is
    if (isZoomed) chart.redraw();
  });
}

function options(place, lines, marks) {
  const axis = { stroke: colour(place, "tblr-secondary"), ticks: { show: false },
    grid: { stroke: colour(place, "tblr-border-color"), width: 1 } };
  const scale = { range: (_, low, high) => [0, Math.max(high * 1.1, FULL_MIN)] };
  const time = { range: (_, low, high) => (low === high ? [low - ALONE_S, high + ALONE_S] : [low, high]) };
  return {
    width: place.clientWidth, height: HEIGHT, cursor: { y: false }, scales: { x: time, y: scale, aside: scale },
    hooks: { draw: [chart => drawMarks(chart, marks(), axis.stroke)] },
    axes: [
      { ...axis, space: 90, values: (_, ticks) => ticks.map(tick => local.format(tick * 1000)) },
      { ...axis, size: 45 },
      ...(lines.some(line => line.isAside) ? [{ ...axis, size: 45, scale: "aside", side: 1, grid: { show: false } }] : []),
    ],
    series: [
      { label: "at", value: (_, at) => (at ? local.format(at * 1000) : "–") },
      ...lines.map(line => ({
        label: line.label, stroke: colour(place, line.colour), width: 1.75,
        points: { show: chart => chart.data[0].length < 3 },
        ...(line.isFilled && { fill: colour(place, line.colour).replace("rgb(", "rgba(").replace(")", ", .12)") }),
        ...(line.isAside && { scale: "aside", dash: [4, 4] }),
      })),
    ],
  };
}

function drawMarks(chart, marks, stroke) {
  const { ctx, bbox } = chart;
  ctx.save();
  Object.assign(ctx, { strokeStyle: stroke, fillStyle: stroke, lineWidth: devicePixelRatio, font: `${11 * devicePixelRatio}px sans-serif` });
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const [at, text] of marks.filter(([at]) => at >= chart.scales.x.min && at <= chart.scales.x.max)) {
    const x = Math.round(chart.valToPos(at, "x", true)), isLate = x > bbox.left + bbox.width / 2;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.textAlign = isLate ? "right" : "left";
    ctx.fillText(text, x + (isLate ? -4 : 4) * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
  }
  ctx.restore();
}

// A canvas takes no variables: the browser works them out.
function colour(place, name) {
  place.style.color = `var(--${name})`;
  const worked = getComputedStyle(place).color;
  place.style.color = "";
  return worked;
}
