// Presigning without a library, in the usual service.
import { serve } from "./service.mjs";
import { presign } from "./sigv4.mjs";

export default serve(presign);
