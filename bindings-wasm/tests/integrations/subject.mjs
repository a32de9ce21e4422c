import * as evertoken from "evertoken";
import { keep } from "./promises.mjs";

/** What runs in a page: one library, one promise, one sandbox. */
export default (given) => keep(evertoken, given);
