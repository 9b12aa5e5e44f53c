import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const children = new Set<ChildProcess>()
const directories = new Set<string>()

/** Whatever ends the bench ends what it started, by pid, and removes its files. */
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** A new directory; removed by `removeDirectory`, at the latest with the end of the bench. */
export const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'kyc-ledger-bench-'))
  directories.add(directory)
  return directory
}

export const removeDirectory = (directory: string): void => {
  rmSync(directory, { recursive: true, force: true })
  directories.delete(directory)
}

/** What a Node process is started with beside what it is always started with. */
export interface Beside {
  readonly env: Readonly<Record<string, string>>
  readonly nodeOptions: readonly string[]
}

export const NOTHING_BESIDE: Beside = { env: {}, nodeOptions: [] }

interface Command extends Partial<Beside> {
  readonly file: URL
  readonly args?: readonly string[]
}

/** What a shell is told in a directory; `node` is the one that runs this. */
interface Told extends Beside {
  readonly told: string
  readonly directory: URL
}

const spawned = (command: Command | Told): ChildProcess => {
  const { env, nodeOptions } = { ...NOTHING_BESIDE, ...command }
  const stdio = ['ignore' as const, 'pipe' as const, 'inherit' as const]
  if ('file' in command) {
    const words = [...nodeOptions, fileURLToPath(command.file), ...(command.args ?? [])]
    return spawn(process.execPath, words, { stdio, env: { PATH: process.env['PATH'], ...env } })
  }
  const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`
  const options = nodeOptions.length > 0 ? { NODE_OPTIONS: nodeOptions.join(' ') } : {}
  return spawn('sh', ['-c', command.told], { stdio, cwd: command.directory, env: { PATH, ...options, ...env } })
}

/** Starts a Node process with nothing of this one's environment but what is given. */
const start = (command: Command | Told): ChildProcess => {
  const child = spawned(command)
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

const SCRIPT_WITHIN_MS = 15 * 60_000

/** Runs a script to its end and reads the JSON that it prints last. */
export const runScript = async <A>(file: URL, job: unknown, beside: Partial<Beside> = {}): Promise<A> => {
  const child = start({ file, args: [JSON.stringify(job)], ...beside })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const overdue = setTimeout(() => child.kill('SIGKILL'), SCRIPT_WITHIN_MS)
  const [code] = await once(child, 'close')
  clearTimeout(overdue)
  if (code !== 0) throw new Error(`${file.pathname.split('/').at(-1)} ended with ${code}`)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as A
}

export interface Server {
  readonly url: string
  readonly pid: number
  /** From its start until it listened. */
  readonly listeningAfterMs: number
  readonly stop: () => Promise<void>
}

/** Starts a server that prints one JSON line with its `url` once it listens. */
export const startServer = async (command: Command | Told): Promise<Server> => {
  const began = performance.now()
  const child = start(command)
  const ended = once(child, 'exit').then(() => null)
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const listening = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{') && line.includes('"url"')) resolve((JSON.parse(line) as { readonly url: string }).url)
    })
  })
  const url = await Promise.race([listening, ended, delay(30_000, null, { ref: false })])
  if (url === null) {
    child.kill('SIGKILL')
    throw new Error(`${'told' in command ? command.told : command.file.pathname.split('/').at(-1)} did not start`)
  }
  return {
    url,
    pid: child.pid ?? 0,
    listeningAfterMs: performance.now() - began,
    stop: async () => {
      child.kill('SIGTERM')
      if ((await Promise.race([ended.then(() => true), delay(15_000, false, { ref: false })])) === false) {
        child.kill('SIGKILL')
        await ended
      }
    },
  }
}

/** Servers that are ended together, whatever became of what they were started for. */
export const startedServers = () => {
  const servers: Server[] = []
  return {
    started: async <A extends Server>(starting: Promise<A>): Promise<A> => {
      const server = await starting
      servers.push(server)
      return server
    },
    stop: async (): Promise<void> => {
      for (const server of servers) await server.stop()
    },
  }
}

/** User and system time in seconds, of a process or one of its threads; NaN where there is none, or no `/proc`. */
const secondsIn = (directory: string): number => {
  try {
    const fields = readFileSync(`${directory}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

/** CPU seconds of a process so far; with those of its threads that have ended, which are not among `threadSeconds`. */
export const processSeconds = (pid: number): number => secondsIn(`/proc/${pid}`)

/** CPU seconds of each thread of a process so far, by its id, which is the process's own for the main one; none where there is no `/proc`. */
export const threadSeconds = (pid: number): ReadonlyMap<number, number> => {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`).map(Number)
    return new Map(tasks.map((task) => [task, secondsIn(`/proc/${pid}/task/${task}`)]))
  } catch {
    return new Map()
  }
}

/** CPU seconds of a process so far: of its main thread, and of all others, those that have ended as well. */
export const cpuSeconds = (pid: number): { readonly main: number; readonly others: number } => {
  const main = secondsIn(`/proc/${pid}/task/${pid}`)
  return { main, others: processSeconds(pid) - main }
}

/** Resident memory of a process in MiB; NaN where there is no `/proc`. */
export const residentMiB = (pid: number): number => {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}
