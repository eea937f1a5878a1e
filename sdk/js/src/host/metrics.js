export { default } from "wasmgate:plugin/metrics@0.1.0";
