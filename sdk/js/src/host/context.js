export { default } from "wasmgate:plugin/context@0.1.0";
