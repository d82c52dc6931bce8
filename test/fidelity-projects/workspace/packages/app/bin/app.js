#!/usr/bin/env node
import("@fidelity/core").then((core) => console.log(core.default("app")))
