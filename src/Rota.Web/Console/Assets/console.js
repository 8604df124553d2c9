// What the pages do beyond links and forms. Everything here only adds: without it the pages still work.
import "htmx.org";
import { Idiomorph } from "idiomorph/htmx";
import "./ask.js";
import "./filter.js";
import "./keys.js";
import "./live.js";
import "./log.js";
import "./palette.js";
import "./small.js";
import "./times.js";

// A refresh must not undo what the person at the page did: opened, ticked, chosen or typed.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => !(
  (name === "open" && element.matches("details, dialog"))
  || (name === "checked" && element.checked !== element.defaultChecked)
  || (name === "value" && "defaultValue" in element && element.value !== element.defaultValue));
Idiomorph.defaults.callbacks.beforeNodeMorphed = element => !(element instanceof Element && element.matches("[data-keep]"));

document.documentElement.classList.add("has-script");
