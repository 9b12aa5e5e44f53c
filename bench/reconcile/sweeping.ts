import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Service } from '../service.ts'

/** What a sweep comes to. */
export interface Swept {
  readonly outcome: string
  readonly checked: number
  readonly recorded: number
  readonly failed: number
}

interface Line extends Swept {
  readonly type: 'recorded' | 'failed' | 'progress' | 'sum'
}

/** Who ended a moment ago may have its lease still. */
const FREE_WITHIN_MS = 30_000

/** Has a service go through everybody, from where it was; `null`: it was broken off by `signal`, or the service died. */
export const sweep = async ({ url }: Service, signal?: AbortSignal): Promise<Swept | null> => {
  try {
    for (const until = performance.now() + FREE_WITHIN_MS; ; await delay(200)) {
      const response = await fetch(`${url}/reconciliations`, {
        method: 'POST',
        body: JSON.stringify({ kind: 'sweep' }),
        ...(signal === undefined ? {} : { signal }),
      })
      if (response.status === 409 && performance.now() < until) {
        await response.arrayBuffer()
        continue
      }
      if (!response.ok || response.body === null) throw new Error(`a sweep was answered ${await response.text()}`)
      let sum: Line | null = null
      for await (const text of createInterface({ input: Readable.fromWeb(response.body) })) {
        const line = JSON.parse(text) as Line
        if (line.type === 'sum') sum = line
      }
      return sum
    }
  } catch (error) {
    // Broken off in the middle, from here or from there.
    if (signal?.aborted === true || (error instanceof TypeError && signal === undefined)) return null
    throw error
  }
}

/** As `sweep`; throws unless all could be compared. */
export const sweepWhole = async (service: Service): Promise<Swept> => {
  const swept = await sweep(service)
  if (swept?.outcome !== 'complete' || swept.failed > 0)
    throw new Error(`a sweep did not come to its end: ${JSON.stringify(swept)}`)
  return swept
}

/** Goes through everybody, again and again, until it is told to end. */
export const sweepOn = (service: Service): (() => Promise<void>) => {
  const ending = new AbortController()
  const sweeping = (async () => {
    while (!ending.signal.aborted) {
      const swept = await sweep(service, ending.signal)
      if (swept !== null && swept.outcome !== 'complete' && !ending.signal.aborted)
        throw new Error(`a sweep beside ingest ended: ${JSON.stringify(swept)}`)
    }
  })()
  return async () => {
    ending.abort()
    await sweeping
  }
}
