export { default } from "wasmgate:plugin/log@0.1.0";
