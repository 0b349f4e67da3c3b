// The worker's module. It exports its handlers and nothing else: whatever else a worker exports can be called by
// others over service bindings.
import { fetch, initSync, scheduled } from "edge-presigner";
import module from "./index_bg.wasm";

initSync({ module });

export default { fetch, scheduled };
