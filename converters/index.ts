/** The registry of ecosystems: one import and one line each, in the order in which detection asks them. */
import type { Ecosystem } from '../src/model/converter.ts'
import { node } from './node/index.ts'
import { php } from './php/index.ts'
import { python } from './python/index.ts'

export const ecosystems: readonly Ecosystem[] = [node, python, php]
