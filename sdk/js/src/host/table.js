export { default } from "wasmgate:plugin/table@0.1.0";
