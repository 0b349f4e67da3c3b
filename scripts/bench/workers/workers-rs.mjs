// The entry of an empty worker in Rust.
import { fetch, initSync } from "workers-rs";
import module from "./workers-rs_bg.wasm";

initSync({ module });

export default { fetch };
