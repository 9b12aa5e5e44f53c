import { Worker } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/** Why a request has no result. Only after `Failed` is it unknown whether it was committed. */
export type NotCommitted =
  | { readonly _tag: 'TooManyWaiting' }
  | { readonly _tag: 'Closed' }
  | { readonly _tag: 'Failed'; readonly reason: string }

/** What the thread is sent: requests, or the word to finish. */
export type ToThread<Request> = readonly Request[] | 'close'
/**
 * What the thread sends back: that it serves, then one answer for each request, in order, several at a time; and from the
 * first commit that failed until one succeeds, why nothing can be committed.
 */
export type FromThread<Result> = 'ready' | readonly E.Either<NotCommitted, Result>[] | { readonly fault: string | null }

/** So many requests may be without an answer; one more is refused at once. */
const MOST_OUTSTANDING = 10_000

/** So many may be with the thread at a time: there each has a copy of its texts, which may be a thousand times the same. */
const MOST_WITH_THREAD = 1024

/** A thread that has ended (out of memory, say) is started again after so long; longer each time that it does not serve. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8000

type Settle<Result> = (answer: E.Either<NotCommitted, Result>) => void

/**
 * Commits requests to a SQLite file in a thread of its own, many per transaction: an fsync blocks its thread, and its
 * cost is the same for one request as for hundreds. The thread commits together what has come while it committed.
 * The thread's side is `serveGroupCommit`. Requests and results must be of a kind that `structuredClone` takes. When the
 * thread ends unasked, what it had fails, as does what is submitted until another one serves.
 */
export class GroupCommit<Request, Result> {
  readonly #newWorker: () => Worker
  readonly #mostOutstanding: number
  readonly #closed = Promise.withResolvers<void>()
  /** The thread that serves or is about to; none between the end of one and the start of the next. */
  #worker: Worker | undefined
  /** Why no thread serves. */
  #failure: string | undefined
  /** Why the thread that serves cannot commit. */
  #fault: string | null = null
  #pauseMs = FIRST_PAUSE_MS
  #startingAgain: NodeJS.Timeout | undefined
  #unsent: Request[] = []
  /** Of each request without an answer, in their order. */
  #outstanding: Settle<Result>[] = []
  #sendScheduled = false
  #closing = false
  #closeSent = false

  private constructor(newWorker: () => Worker, mostOutstanding: number) {
    this.#newWorker = newWorker
    this.#mostOutstanding = mostOutstanding
  }

  /** Starts the thread in `file`; rejects when it ends before it serves. `workerData` is handed to it. */
  static async start<Request, Result>(
    file: URL,
    workerData: unknown,
    mostOutstanding = MOST_OUTSTANDING,
  ): Promise<GroupCommit<Request, Result>> {
    const group = new GroupCommit<Request, Result>(() => new Worker(file, { workerData }), mostOutstanding)
    await group.#run()
    if (group.#failure === undefined) return group
    await group.close()
    throw new Error(group.#failure)
  }

  /** The result of `request` once it is on disk. Requests run in the order of their submission. */
  submit(request: Request): TaskEither<NotCommitted, Result> {
    return () => {
      if (this.#closing) return Promise.resolve(E.left({ _tag: 'Closed' }))
      if (this.#failure !== undefined) return Promise.resolve(E.left({ _tag: 'Failed', reason: this.#failure }))
      if (this.#outstanding.length >= this.#mostOutstanding) return Promise.resolve(E.left({ _tag: 'TooManyWaiting' }))
      return new Promise((settle) => {
        this.#outstanding.push(settle)
        this.#unsent.push(request)
        this.#scheduleSend()
      })
    }
  }

  /** Commits what was accepted, then ends the thread. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      clearTimeout(this.#startingAgain)
      if (this.#worker === undefined) this.#closed.resolve()
      this.#worker?.ref()
      this.#send()
    }
    return this.#closed.promise
  }

  /** Whether there is a thread to commit what is submitted. */
  isServing(): boolean {
    return this.#failure === undefined
  }

  /** Why nothing can be committed, from the first commit that failed until one succeeds; `null` while it can be. */
  fault(): string | null {
    return this.#failure ?? this.#fault
  }

  /** Resolves once a new thread serves, or has ended before. */
  async #run(): Promise<void> {
    let worker: Worker
    try {
      worker = this.#newWorker()
    } catch (error) {
      return this.#ended(messageOf(error))
    }
    this.#worker = worker
    await new Promise<void>((resolve) => {
      let reason: string | undefined
      worker.on('error', (error: unknown) => {
        reason = messageOf(error)
      })
      worker.on('exit', (code) => {
        this.#worker = undefined
        this.#ended(reason ?? `the writer thread ended (code ${code})`)
        resolve()
      })
      worker.on('message', (message: FromThread<Result>) => {
        if (message !== 'ready') return this.#hear(message)
        this.#failure = undefined
        this.#pauseMs = FIRST_PAUSE_MS
        if (!this.#closing) worker.unref()
        resolve()
      })
    })
  }

  /** Later in this turn of the event loop: everything submitted in it goes in one message. */
  #scheduleSend(): void {
    if (this.#sendScheduled) return
    this.#sendScheduled = true
    setImmediate(() => {
      this.#sendScheduled = false
      this.#send()
    })
  }

  #send(): void {
    const withThread = this.#outstanding.length - this.#unsent.length
    const some = this.#unsent.splice(0, MOST_WITH_THREAD - withThread)
    if (some.length > 0) {
      this.#worker?.ref()
      this.#post(some)
    }
    if (!this.#closing || this.#closeSent || this.#unsent.length > 0) return
    this.#closeSent = true
    this.#post('close')
  }

  #post(message: ToThread<Request>): void {
    this.#worker?.postMessage(message)
  }

  #hear(message: Exclude<FromThread<Result>, 'ready'>): void {
    if ('fault' in message) this.#fault = message.fault
    else this.#answer(message)
  }

  #answer(answers: readonly E.Either<NotCommitted, Result>[]): void {
    const settles = this.#outstanding.splice(0, answers.length)
    for (const [index, answer] of answers.entries()) settles[index]?.(answer)
    this.#send()
    if (this.#outstanding.length === 0 && !this.#closing) this.#worker?.unref()
  }

  #ended(reason: string): void {
    this.#failure = reason
    this.#fault = null
    const lost = this.#outstanding
    this.#outstanding = []
    this.#unsent = []
    for (const settle of lost) settle(E.left({ _tag: 'Failed', reason }))
    if (this.#closing) return this.#closed.resolve()
    this.#startingAgain = setTimeout(() => this.#run(), this.#pauseMs).unref()
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
