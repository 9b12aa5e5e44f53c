import { runScript } from '../processes.ts'

/** What the load process is to do. Everything it needs is in here: nothing is shared with it. */
export interface LoadJob {
  readonly url: string
  readonly connections: number
  /** Requests in all; or else, for so many seconds, deliveries that are made while they are sent. */
  readonly amount: number | { readonly seconds: number }
  readonly requests: Requests
  /** So many requests of these are sent before, over connections of their own: what the load compiles at first is not measured. */
  readonly before?: { readonly amount: number; readonly requests: Requests }
  /** The result says of each so many requests what they cost, too. */
  readonly block?: number
  /** The process that answers, of which the result says what a request cost it. */
  readonly answeredBy?: number
  /** The result says of each delivery when it was answered, too. */
  readonly each?: boolean
}

export type Requests =
  /** Signed deliveries, prepared before the first is sent; each connection tells of users of its own. */
  | { readonly kind: 'deliveries'; readonly firstUser: number }
  /**
   * `GET` of users at random; `query` goes behind the path. `revalidate` sends the entity tag that the server gave. With `proofsOf`,
   * how many events each user has, of the proof of one of them at random. With `once` in an order of chance, each once and, if there are more requests, once more.
   */
  | {
      readonly kind: 'reads'
      readonly firstUser: number
      readonly users: number
      readonly query?: string
      readonly revalidate?: boolean
      readonly proofsOf?: number
      readonly once?: boolean
    }
  /** One delivery, then nine reads, and so on. */
  | {
      readonly kind: 'mixed'
      readonly firstUser: number
      readonly readFirstUser: number
      readonly users: number
    }

export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Some requests that followed on each other. What one of them cost is in microseconds of a processor. */
export interface Block {
  readonly perSecond: number
  /** The load process. */
  readonly cpu: number
  /** The process that answers, where it was named: its main thread, and all others. */
  readonly answering: { readonly main: number; readonly others: number }
}

export interface LoadResult extends Block {
  readonly blocks: readonly Block[]
  readonly requests: number
  readonly seconds: number
  readonly statuses: Readonly<Record<string, number>>
  /** In milliseconds; without the first request of each connection. */
  readonly latency: Readonly<Record<'reads' | 'deliveries', Latency | null>>
  /** The deliveries of `latency`, where they were asked for: when each was answered, in milliseconds since 1970, and how many it took. */
  readonly each?: readonly (readonly [answeredAt: number, took: number])[]
}

const MAIN = new URL('./main.ts', import.meta.url)

/** Runs a load in a process of its own. Rejects when anything but `expected` was answered. */
export const runLoad = async (job: LoadJob, expected: readonly number[] = [200]): Promise<LoadResult> => {
  const result = await runScript<LoadResult>(MAIN, job, { nodeOptions: ['--max-old-space-size=6144'] })
  const odd = Object.keys(result.statuses).filter((status) => !expected.includes(Number(status)))
  if (odd.length > 0) throw new Error(`${job.url} answered ${JSON.stringify(result.statuses)}`)
  if (typeof job.amount === 'number' && result.requests < job.amount)
    throw new Error(`${job.url} answered ${result.requests} of ${job.amount} requests`)
  return result
}
