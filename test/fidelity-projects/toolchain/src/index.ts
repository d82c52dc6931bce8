import { sum } from './sum'

console.log(`the sum is ${sum(1, 2, 3)}`)
