import type { Worker } from 'node:worker_threads'
import { inWords } from '../files/whyNot.ts'

/** A thread that has ended (out of memory, say) is started again after so long; longer each time that it does not serve. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8000

/** What the owner of a thread is told. */
interface Told<FromThread> {
  readonly heard: (message: FromThread) => void
  /** The thread has ended; nothing it was sent will be answered. */
  readonly ended: (reason: string) => void
}

/** A thread that says `ready` once it serves. When it ends unasked another one is started after a while. */
export class RestartedThread<ToThread, FromThread> {
  readonly #newWorker: () => Worker
  readonly #told: Told<FromThread>
  /** The thread that serves or is about to; none between the end of one and the start of the next. */
  #worker: Worker | undefined
  #failure: string | undefined
  #pauseMs = FIRST_PAUSE_MS
  #startingAgain: NodeJS.Timeout | undefined
  #isLast = false

  constructor(newWorker: () => Worker, told: Told<FromThread>) {
    this.#newWorker = newWorker
    this.#told = told
  }

  /** Resolves once a new thread serves, or has ended before. */
  async run(): Promise<void> {
    let worker: Worker
    try {
      worker = this.#newWorker()
    } catch (error) {
      return this.#ended(inWords(error))
    }
    this.#worker = worker
    await new Promise<void>((resolve) => {
      let reason: string | undefined
      worker.on('error', (error: unknown) => {
        reason = inWords(error)
      })
      worker.on('exit', (code) => {
        this.#worker = undefined
        this.#ended(reason ?? `the writer thread ended (code ${code})`)
        resolve()
      })
      worker.on('message', (message: 'ready' | FromThread) => {
        if (message !== 'ready') return this.#told.heard(message)
        this.#failure = undefined
        this.#pauseMs = FIRST_PAUSE_MS
        if (!this.#isLast) worker.unref()
        resolve()
      })
    })
  }

  /** Why no thread serves. */
  failure(): string | undefined {
    return this.#failure
  }

  post(message: ToThread): void {
    this.#worker?.postMessage(message)
  }

  /** Keeps the process alive while it runs. */
  hold(): void {
    this.#worker?.ref()
  }

  /** Lets the process end while it runs. */
  release(): void {
    this.#worker?.unref()
  }

  /** Starts none after this one; false where there is none at all. */
  startNoMore(): boolean {
    this.#isLast = true
    clearTimeout(this.#startingAgain)
    return this.#worker !== undefined
  }

  #ended(reason: string): void {
    this.#failure = reason
    this.#told.ended(reason)
    if (this.#isLast) return
    this.#startingAgain = setTimeout(() => this.run(), this.#pauseMs).unref()
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS)
  }
}
