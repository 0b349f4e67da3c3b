// The worker's module: what an isolate does while it starts. It exports its handlers and the class of its Durable Objects, and nothing
// else: other objects and classes that a worker exports can be called by others over service bindings. A class that extends
// DurableObject cannot: it is reached only through a binding of a namespace, which needs a migration that names it. Without them it
// does nothing.
import { __wbg_reset_state as reinit, initSync, onEnd } from "edge-presigner";
import { compileAhead } from "./compile_ahead.js";
import module from "./index_bg.wasm";

export { default, SessionObject } from "./handlers.js";

initSync({ module });
onEnd(reinit);
compileAhead();
