/* What every page does: renews itself, listens to keys, changes the theme, copies commands. Each part works alone. */
import { keys } from "./keys.js";
import { live } from "./live.js";
import { theme } from "./theme.js";
import { copying } from "./copying.js";
import { menus } from "./menus.js";

keys();
theme();
copying();
menus();
live();
