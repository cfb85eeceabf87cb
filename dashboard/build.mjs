// Builds the dashboard's page: index.html with style and script inside, the licence of the bundled
// library, and a hash of the sources.  scripts/dashboard runs it.
//
//   node build.mjs <directory of node_modules> <page to write> <policy to write>

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, pagePath, policyPath] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const { build } = createRequire(join(modules, "any.js"))("esbuild");

const read = (path) => readFileSync(join(here, path), "utf8");

// The result of `sha256sum FILES | sha256sum` for all files here, sorted by name; a test compares it.
function sourcesHash() {
  const paths = readdirSync(here, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(here.length))
    .sort();
  const lines = paths.map((path) =>
    `${createHash("sha256").update(readFileSync(join(here, path))).digest("hex")}  ${path}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

async function bundled(entry) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    nodePaths: [modules],
    legalComments: "none", // the licence stands in the page, whole
    logLevel: "warning",
  });
  return outputFiles[0].text.trim();
}

const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const style = await bundled("style.css");
const script = await bundled("src/main.js");
if (/<\/(script|style)/i.test(style + script)) throw new Error("the bundle would end its element");

const licence = readFileSync(join(modules, "uplot", "LICENSE"), "utf8").trim();
const opening = `<!doctype html>
<!-- Made by scripts/dashboard of the sources in dashboard/; do not edit.
sources ${sourcesHash()}

The charts are drawn by uPlot ${JSON.parse(read("package.json")).dependencies.uplot}, which comes with this licence:

${licence}
-->`;

// Functions, because "$" is special in a replacement text.
const page = read("index.html")
  .replace("<!doctype html>", () => opening)
  .replace("<!-- style -->", () => `<style>${style}</style>`)
  .replace("<!-- script -->", () => `<script type="module">${script}</script>`);

const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

writeFileSync(pagePath, page);
writeFileSync(policyPath, policy);
