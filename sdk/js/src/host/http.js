export { default } from "wasmgate:plugin/http@0.1.0";
