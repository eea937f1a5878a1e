// Times velocityjs on the cases: each template is read once, each body at every rendering.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { Compile, parse } = require("velocityjs");
const [folder, seconds] = [process.argv[2], Number(process.argv[3] ?? 2)];

const escapes = { '"': '\\"', "'": "\\'", "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const util = {
  escapeJavaScript: (text) => String(text).replace(/["'\\/\b\f\n\r\t]/g, (sign) => escapes[sign]),
};

function context({ body, params, context, stageVariables }) {
  const input = {
    path: () => JSON.parse(body),
    json: () => JSON.stringify(JSON.parse(body)),
    params: () => params,
  };
  return { input, util, context, stageVariables };
}

for (const name of ["put", "list", "params"]) {
  const tree = parse(readFileSync(`${folder}/${name}.vtl`, "utf8"));
  const given = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
  const render = () => new Compile(tree).render(context(given));
  JSON.parse(render());
  let count = 0;
  const begin = process.hrtime.bigint();
  let end = begin;
  while (end - begin < BigInt(seconds * 1e9)) {
    for (let i = 0; i < 10; i++) render();
    count += 10;
    end = process.hrtime.bigint();
  }
  console.log(`velocityjs ${name} ${(Number(end - begin) / count / 1000).toFixed(1)}`);
}
