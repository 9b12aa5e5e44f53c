import { Worker } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { youngAtMost } from '../heap/youngGeneration.ts'
import { asTheyAre, type Crossing, type FromThread, type NotCommitted, type ToThread } from './groupCommitMessages.ts'
import { RestartedThread } from './restartedThread.ts'

/** So many requests may be without an answer; one more is refused at once. */
const MOST_OUTSTANDING = 10_000

/** So many may be with the thread at a time: there each has a copy of its texts, which may be a thousand times the same. */
const MOST_WITH_THREAD = 1024

/** What the thread makes of a batch it needs no longer once that is answered. */
const YOUNG_MIB = 2

/** Is told of a request on its way. */
export interface Course {
  /** It is with the thread now. */
  readonly sent: () => void
  /** It was answered, with so many in one transaction. */
  readonly answered: (together: number) => void
}

/** A request without an answer. */
interface Outstanding<Result> {
  readonly settle: (answer: E.Either<NotCommitted, Result>) => void
  readonly course: Course | undefined
}

/**
 * Commits requests to a SQLite file in a thread of its own, many per transaction: an fsync blocks its thread, and its
 * cost is the same for one request as for hundreds. The thread commits together what has come while it committed.
 * The thread's side is `serveGroupCommit`. Requests and results must be of a kind that `structuredClone` takes. When the
 * thread ends unasked, what it had fails, as does what is submitted until another one serves.
 */
export class GroupCommit<Request, Result> {
  readonly #thread: RestartedThread<ToThread, FromThread>
  readonly #mostOutstanding: number
  readonly #crossing: Crossing<Request, Result>
  readonly #closed = Promise.withResolvers<void>()
  /** Why the thread that serves cannot commit. */
  #fault: string | null = null
  #committed: (seconds: number) => void = () => undefined
  #unsent: Request[] = []
  /** Of each request without an answer, in their order. */
  #outstanding: Outstanding<Result>[] = []
  #sendScheduled = false
  #closing = false
  #closeSent = false

  private constructor(newWorker: () => Worker, mostOutstanding: number, crossing: Crossing<Request, Result>) {
    this.#thread = new RestartedThread(newWorker, {
      heard: (message) => this.#hear(message),
      ended: (reason) => this.#ended(reason),
    })
    this.#mostOutstanding = mostOutstanding
    this.#crossing = crossing
  }

  /** Starts the thread in `file`; rejects when it ends before it serves. `workerData` is handed to it. `crossing`: the one that it serves with. */
  static async start<Request, Result>(
    file: URL,
    workerData: unknown,
    mostOutstanding = MOST_OUTSTANDING,
    crossing: Crossing<Request, Result> = asTheyAre(),
  ): Promise<GroupCommit<Request, Result>> {
    const newWorker = (): Worker => new Worker(file, { workerData, ...youngAtMost(YOUNG_MIB) })
    const group = new GroupCommit<Request, Result>(newWorker, mostOutstanding, crossing)
    await group.#thread.run()
    const failure = group.#thread.failure()
    if (failure === undefined) return group
    await group.close()
    throw new Error(failure)
  }

  /** The result of `request` once it is on disk. Requests run in the order of their submission. */
  submit(request: Request, course?: Course): TaskEither<NotCommitted, Result> {
    return () => {
      if (this.#closing) return Promise.resolve(E.left({ _tag: 'Closed' }))
      const failure = this.#thread.failure()
      if (failure !== undefined) return Promise.resolve(E.left({ _tag: 'Failed', reason: failure }))
      if (this.#outstanding.length >= this.#mostOutstanding) return Promise.resolve(E.left({ _tag: 'TooManyWaiting' }))
      return new Promise((settle) => {
        this.#outstanding.push({ settle, course })
        this.#unsent.push(request)
        this.#scheduleSend()
      })
    }
  }

  /** Commits what was accepted, then ends the thread. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      if (!this.#thread.startNoMore()) this.#closed.resolve()
      this.#thread.hold()
      this.#send()
    }
    return this.#closed.promise
  }

  /** Whether there is a thread to commit what is submitted. */
  isServing(): boolean {
    return this.#thread.failure() === undefined
  }

  /** Why nothing can be committed, from the first commit that failed until one succeeds; `null` while it can be. */
  fault(): string | null {
    return this.#thread.failure() ?? this.#fault
  }

  /** `told` hears from now on how long each transaction took, in seconds. */
  tellCommits(told: (seconds: number) => void): void {
    this.#committed = told
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
      this.#thread.hold()
      this.#thread.post(this.#crossing.requests.pack(some))
      for (const { course } of this.#outstanding.slice(withThread, withThread + some.length)) course?.sent()
    }
    if (!this.#closing || this.#closeSent || this.#unsent.length > 0) return
    this.#closeSent = true
    this.#thread.post('close')
  }

  #hear(message: FromThread): void {
    if ('fault' in message) this.#fault = message.fault
    else this.#answer(this.#crossing.answers.unpack(message.answers), message.seconds)
  }

  #answer(answers: readonly E.Either<NotCommitted, Result>[], seconds: number): void {
    this.#committed(seconds)
    const answered = this.#outstanding.splice(0, answers.length)
    for (const [index, answer] of answers.entries()) {
      answered[index]?.course?.answered(answers.length)
      answered[index]?.settle(answer)
    }
    this.#send()
    if (this.#outstanding.length === 0 && !this.#closing) this.#thread.release()
  }

  #ended(reason: string): void {
    this.#fault = null
    const lost = this.#outstanding
    this.#outstanding = []
    this.#unsent = []
    for (const { settle } of lost) settle(E.left({ _tag: 'Failed', reason }))
    if (this.#closing) this.#closed.resolve()
  }
}
