import { setFlagsFromString } from 'node:v8'
import type { ResourceLimits } from 'node:worker_threads'

/** As `--max-semi-space-size=16` bounds that of the main thread. */
const HALF_MIB = 16

/**
 * What a thread is started with: each half of its young generation is of so many MiB at most. It grows to that where some of what is made
 * lives for a while, however little is alive in the end; of a thread that is started without it to V8's own bound, 64 MiB.
 */
export const youngAtMost = (halfMiB: number = HALF_MIB): { readonly resourceLimits: ResourceLimits } => ({
  // V8 divides it by three.
  resourceLimits: { maxYoungGenerationSizeMb: 3 * halfMiB },
})

/**
 * `--max-semi-space-size` goes before what a thread is started with. V8 reads it when it makes a heap, and that of this thread is made: from now on each
 * thread has what it is started with.
 */
export const letThreadsHaveTheirOwn = (): void => setFlagsFromString('--max-semi-space-size=0')
