import { setTimeout as sleep } from 'node:timers/promises'

/** Sends the client elsewhere, as a follower does that was asked for its leader. */
export interface NotLeader {
  readonly leader: { readonly address: string; readonly port: number }
}

/** Nothing was done. `reset` breaks the HTTP/2 stream off with RST_STREAM; `unanswered` never says anything. */
export type Refusal =
  | 'unavailable'
  | 'not-ready'
  | 'deadline-exceeded'
  | 'access-denied'
  | 'reset'
  | 'unanswered'
  | NotLeader

export type AckFault = 'ack-withheld' | 'ack-cut' | 'ack-late' | 'ack-stray' | 'ack-empty' | 'ack-garbled'

export interface FaultOf {
  /**
   * `ended` ends the stream of appends without an error. The others append, then say nothing, reset the connection, say
   * it a while later than the next ones, say it after answers to nobody, or say something that cannot be understood.
   */
  readonly append: Refusal | 'too-large' | 'ended' | AckFault
  /**
   * `broken-off` gives half of the events, then UNAVAILABLE; `behind` does not show the last event of the log yet, as a
   * node that another one is ahead of.
   */
  readonly read: Refusal | 'broken-off' | 'behind'
  readonly subscribe: Refusal
}

export type Operation = keyof FaultOf

type Queue<O extends Operation> = { fault: FaultOf[O]; left: number }[]

/** What the server is to do wrong, and when. Faults of one operation strike in the order they were asked for. */
export class Faults {
  readonly #queues: { [O in Operation]: Queue<O> } = { append: [], read: [], subscribe: [] }
  #slowness = 0

  /** Strikes the next call of this kind, or the next few. */
  next<O extends Operation>(operation: O, fault: FaultOf[O], times = 1): void {
    this.#queues[operation].push({ fault, left: times })
  }

  /** Strikes every call of this kind while the work lasts. */
  async during<O extends Operation, A>(operation: O, fault: FaultOf[O], work: () => Promise<A>): Promise<A> {
    const lasting = { fault, left: Number.POSITIVE_INFINITY }
    this.#queues[operation].push(lasting)
    try {
      return await work()
    } finally {
      lasting.left = 0
    }
  }

  /** Every answer waits this long, in milliseconds; 0 ends it. Appends are performed at once all the same. */
  slow(milliseconds: number): void {
    this.#slowness = milliseconds
  }

  /** The fault that strikes a call which has just come in. */
  take<O extends Operation>(operation: O): FaultOf[O] | undefined {
    const queue = this.#queues[operation]
    while (queue[0]?.left === 0) queue.shift()
    const [first] = queue
    if (first === undefined) return undefined
    first.left -= 1
    return first.fault
  }

  async delay(): Promise<void> {
    if (this.#slowness > 0) await sleep(this.#slowness)
  }
}
