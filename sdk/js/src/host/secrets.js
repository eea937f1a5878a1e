export { default } from "wasmgate:plugin/secrets@0.1.0";
