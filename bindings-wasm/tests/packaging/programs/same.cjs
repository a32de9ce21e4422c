// Says how many classes of errors there are, and whether each is the same however it was loaded.

const required = require("evertoken");
const slim = require("evertoken/slim");

import("evertoken").then((imported) => {
    const names = Object.keys(imported).filter((name) => name.endsWith("Error"));
    const isSame = (name) => required[name] === imported[name] && slim[name] === imported[name];
    console.log(names.length, names.every(isSame));
});
