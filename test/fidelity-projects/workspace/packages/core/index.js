const ms = require('ms')
module.exports = (name) => `${name} waits ${ms(60000)}`
