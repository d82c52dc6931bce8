/** A thread for a tree that is linked inside of lock2build's own process: it starts in half the time that the whole shim takes. */
import { performTree, serve } from './pool-thread.ts'

serve(performTree)
