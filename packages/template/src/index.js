export { default } from "edge-presigner";
