import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import { newEvent, newStream } from '../support/newEvents.ts'
import { right } from '../support/right.ts'

/** A real server that a test starts, kills and freezes. */
export interface ServerProcess {
  readonly start: () => void
  /** Ends it and waits until it is gone; nothing when it does not run. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>
  readonly freeze: () => void
  readonly thaw: () => void
}

/** `command` is run by a shell; it should `exec` the server, and must start it on the data it left. */
export const serverProcess = (command: string): ServerProcess => {
  let child: ChildProcess | undefined
  const signal = (name: NodeJS.Signals): void => {
    // The group: a shell in front of the server goes with it.
    if (child?.pid !== undefined) process.kill(-child.pid, name)
  }
  const running = (): ChildProcess | undefined =>
    child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined
  process.once('exit', () => {
    if (running() !== undefined) signal('SIGKILL')
  })
  return {
    start: () => {
      if (running() === undefined) child = spawn(command, { shell: true, detached: true, stdio: 'ignore' })
    },
    end: async (name) => {
      const ending = running()
      if (ending === undefined) return
      const exited = once(ending, 'exit')
      signal(name)
      signal('SIGCONT')
      await exited
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

/** Resolves once the server takes an append; the health page says so too early. */
export const untilWritable = async (connectionString: string, milliseconds = 60_000): Promise<void> => {
  const store = right(await openEsdbEventStore({ connectionString, streamPrefix: 'testready-' })())
  const until = performance.now() + milliseconds
  try {
    for (;;) {
      const appended = await store.append(newStream(), 'no-stream', [newEvent()])()
      if (appended._tag === 'Right') return
      if (performance.now() > until) throw new Error(`the server did not get ready: ${JSON.stringify(appended.left)}`)
    }
  } finally {
    await store.close()
  }
}
