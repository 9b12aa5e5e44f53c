import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** A number of this name that the thread which asks first shares with all that it starts from then on, and they with theirs. Read and written by `Atomics`. */
export const sharedCount = (name: string): Int32Array<SharedArrayBuffer> => {
  const there = getEnvironmentData(name) as SharedArrayBuffer | undefined
  if (there !== undefined) return new Int32Array(there)
  const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  setEnvironmentData(name, memory)
  return new Int32Array(memory)
}
