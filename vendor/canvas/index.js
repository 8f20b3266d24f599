// chartjs-node-canvas requires 'canvas'; @napi-rs/canvas has the parts of its interface that are used here, prebuilt.
module.exports = require('@napi-rs/canvas')
