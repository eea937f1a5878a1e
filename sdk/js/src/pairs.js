/** Names and values: an object, a Map, or a list of pairs; a list of values repeats the name. */
export function pairs(values) {
  if (values === undefined || values === null) return [];
  const list = typeof values[Symbol.iterator] === "function" ? [...values] : Object.entries(values);
  return list.flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]));
}
