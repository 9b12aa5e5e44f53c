import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { own } from './children.ts'

export interface TalkingProcess {
  /** The next line it writes, or null at its end. */
  readonly line: () => Promise<string | null>
  /** Ends it with SIGKILL and gives the lines that were not read yet; rejects when it had ended before. */
  readonly kill: () => Promise<readonly string[]>
}

/** Runs a TypeScript file in a process of its own and listens to what it writes. */
export const run = (file: URL, ...args: readonly string[]): TalkingProcess => {
  const child: ChildProcessByStdio<null, Readable, null> = own(
    spawn(process.execPath, [fileURLToPath(file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string | null> => {
    const next = await lines.next()
    return next.done ? null : next.value
  }
  const kill = async (): Promise<readonly string[]> => {
    child.kill('SIGKILL')
    const rest: string[] = []
    for (let last = await line(); last !== null; last = await line()) rest.push(last)
    const [code, signal] = await exited
    if (signal !== 'SIGKILL') throw new Error(`the process had ended before, with code ${code}`)
    return rest
  }
  return { line, kill }
}
