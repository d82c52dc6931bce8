module.exports = require('debug')
