import { setFlagsFromString } from 'node:v8'
import type { ResourceLimits } from 'node:worker_threads'

/**
 * What a thread is started with whose young generation is to be smaller than V8 would have it: so many MiB in each of its halves. It grows to
 * that whatever is alive in it.
 */
export const youngAtMost = (halfMiB: number): { readonly resourceLimits: ResourceLimits } => ({
  // V8 divides it by three.
  resourceLimits: { maxYoungGenerationSizeMb: 3 * halfMiB },
})

/**
 * `--max-semi-space-size` goes before what a thread is started with. V8 reads it when it makes a heap, and that of this thread is made: from now on each
 * thread has what it is started with.
 */
export const letThreadsHaveTheirOwn = (): void => setFlagsFromString('--max-semi-space-size=0')
