// Bundles what the console's pages load: node build.mjs OUT NPM
//   OUT  where console.css, console.js, chart.css, chart.js and icons.svg go, each also as .br and .gz
//   NPM  where the packages of the lock file are installed: once for each lock file, by whoever comes first
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const [out, npm] = process.argv.slice(2).map(folder => path.resolve(folder));
const lines = name => fs.readFileSync(path.join(here, name), "utf8").split("\n").filter(line => line.length > 0);

// Two builds at a time install side by side; the one that is done first gives its folder the name, the other one's goes.
function install() {
  const lock = fs.readFileSync(path.join(here, "package-lock.json"));
  const folder = path.join(npm, createHash("sha256").update(lock).digest("hex").slice(0, 12));
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(npm, { recursive: true });
  const mine = fs.mkdtempSync(path.join(npm, "installing-"));
  for (const name of ["package.json", "package-lock.json"]) fs.copyFileSync(path.join(here, name), path.join(mine, name));
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: mine, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
  try {
    fs.renameSync(mine, folder);
  } catch (error) {
    fs.rmSync(mine, { recursive: true, force: true });
    if (!fs.existsSync(folder)) throw error;
  }
  return folder;
}

const packages = path.join(install(), "node_modules");
const esbuild = createRequire(path.join(packages, "package.json"))("esbuild");

async function bundle(entry) {
  const built = await esbuild.build({
    entryPoints: [path.join(here, entry)],
    bundle: true, minify: true, write: false, legalComments: "none", logLevel: "error",
    target: ["chrome123", "firefox120", "safari17.5"], nodePaths: [packages], outfile: path.join(out, entry),
  });
  return built.outputFiles[0].text;
}

// Tabler knows dark only by the attribute. The theme "auto" gets the same rules where the system is dark; those for
// printing, which alone are "!important", stay out.
function followsSystem(css) {
  const rules = css.matchAll(/([^{}]*\[data-bs-theme=dark\][^{}]*)\{([^{}]*)\}/g);
  const dark = [...rules].flatMap(([, selectors, body]) => {
    const kept = splitSelectors(selectors).filter(one => one.includes("[data-bs-theme=dark]")
      && !/:not\(|data-bs-theme=light|data-bs-navbar-theme|\[data-theme/.test(one));
    return kept.length > 0 && !body.includes("!important") ? [`${kept.join(",").replaceAll("=dark]", "=auto]")}{${body}}`] : [];
  });
  if (dark.length === 0) throw new Error("There are no dark rules in the style.");
  return `${css}@media (prefers-color-scheme:dark){${dark.join("")}}`;
}

function splitSelectors(text) {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

// One file with just the icons that are named in icons.txt.
function icons() {
  const symbols = lines("icons.txt").map(name => {
    const svg = fs.readFileSync(path.join(packages, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const drawn = svg.replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "").replace(/\s*\n\s*/g, "")
      .replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"`
      + ` stroke-linejoin="round">${drawn}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

function write(name, text) {
  const bytes = Buffer.from(text);
  const brotli = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  fs.writeFileSync(path.join(out, name), bytes);
  fs.writeFileSync(path.join(out, `${name}.br`), zlib.brotliCompressSync(bytes, { params: brotli }));
  fs.writeFileSync(path.join(out, `${name}.gz`), zlib.gzipSync(bytes, { level: 9 }));
}

fs.mkdirSync(out, { recursive: true });
write("console.css", followsSystem(await bundle("console.css")));
for (const name of ["chart.css", "chart.js", "console.js"]) write(name, await bundle(name));
write("icons.svg", icons());
