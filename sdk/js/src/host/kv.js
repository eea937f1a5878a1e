export { default } from "wasmgate:plugin/kv@0.1.0";
