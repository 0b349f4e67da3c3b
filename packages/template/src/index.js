export { default, SessionObject } from "edge-presigner";
