export { default } from "wasmgate:plugin/clock@0.1.0";
