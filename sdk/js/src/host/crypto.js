export { default } from "wasmgate:plugin/crypto@0.1.0";
