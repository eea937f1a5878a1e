export { default } from "wasmgate:plugin/random@0.1.0";
