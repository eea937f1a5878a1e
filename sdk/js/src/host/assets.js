export { default } from "wasmgate:plugin/assets@0.1.0";
