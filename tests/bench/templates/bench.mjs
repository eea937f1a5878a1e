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

// Nanoseconds that this thread had a processor: collecting garbage and compiling on other threads costs nothing here.
const processor = () => Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[0]);

for (const name of ["put", "list", "params"]) {
  const tree = parse(readFileSync(`${folder}/${name}.vtl`, "utf8"));
  const given = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
  const render = () => new Compile(tree).render(context(given));
  JSON.parse(render());
  let count = 0;
  const [begin, spent] = [process.hrtime.bigint(), processor()];
  while (process.hrtime.bigint() - begin < BigInt(seconds * 1e9)) {
    for (let i = 0; i < 10; i++) render();
    count += 10;
  }
  console.log(`velocityjs ${name} ${((processor() - spent) / count / 1000).toFixed(1)}`);
}
