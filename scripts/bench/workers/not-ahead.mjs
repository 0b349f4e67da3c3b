// edge-presigner without what it compiles while an isolate starts.
import { __wbg_reset_state as reinit, initSync, onEnd } from "edge-presigner";
import module from "./not-ahead_bg.wasm";

export { default, SessionObject } from "../../../src/edge/handlers.js";

initSync({ module });
onEnd(reinit);
