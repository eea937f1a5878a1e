import { randomBytes } from "node:crypto";

export default { next: () => Number(randomBytes(8).readBigUInt64LE()) };
