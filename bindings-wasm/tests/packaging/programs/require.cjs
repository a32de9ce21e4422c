const { trial } = require("./trial.cjs");

trial(JSON.parse(process.argv[2])).then((told) => console.log(JSON.stringify(told)));
