import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { freePort } from '../support/freePort.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, PATIENCE_MS } from '../support/patience.ts'
import { itLong } from '../support/rounds.ts'
import { own } from '../support/service/children.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A pipe with a name: opened to read and write, so that it never ends; and for reading alone, without waiting. */
const openPipe = () => {
  const path = join(newDirectory(), 'log')
  execFileSync('mkfifo', [path])
  const stdout = openSync(path, constants.O_RDWR)
  const pipe = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { stdout, pipe, close: () => [stdout, pipe].forEach(closeSync) }
}

/** Reads what is in the pipe now. */
const readPipe = (pipe: number): string => {
  const buffer = Buffer.alloc(65_536)
  let text = ''
  for (;;) {
    try {
      text += buffer.toString('utf8', 0, readSync(pipe, buffer))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return text
      throw error
    }
  }
}

/** A service whose log goes into a pipe or a socket that nobody reads. */
const startUnread = async (stdout: number | 'pipe') => {
  const port = await freePort()
  const child = own(
    spawn(process.execPath, [MAIN], {
      stdio: ['ignore', stdout, 'inherit'],
      env: { ...ENVIRONMENT, PORT: String(port), DATA_DIR: newDirectory() },
    }),
  )
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const url = `http://127.0.0.1:${port}`
  await eventually('ready', async () => {
    const response = await fetch(`${url}/health/ready`).catch(() => null)
    return response?.status === 200 ? true : null
  })
  const post = async (body: string): Promise<number> => {
    const response = await fetch(`${url}/webhooks/treezor`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await response.arrayBuffer()
    return response.status
  }
  /** The journal holds one delivery, whose id is 1. */
  const submitAgain = async (): Promise<number> => {
    const asked = { method: 'POST', signal: AbortSignal.timeout(PATIENCE_MS) }
    const response = await fetch(`${url}/deliveries/1/resubmit`, asked)
    await response.arrayBuffer()
    return response.status
  }
  const dropped = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) })).text()
    return Number(/^kyc_log_lines_dropped_total (\d+)$/m.exec(text)?.[1])
  }
  expect(await post('no JSON')).to.equal(400)
  return { child, exited, post, submitAgain, dropped }
}

type Unread = Awaited<ReturnType<typeof startUnread>>

/** A line for each that an operator submits again, in any number; together far more than any pipe and what may wait hold. */
const writeLines = async ({ submitAgain }: Unread, count: number): Promise<void> => {
  for (let i = 0; i < count; i += 100) {
    const statuses = await Promise.all(Array.from({ length: 100 }, submitAgain))
    expect(new Set(statuses)).to.deep.equal(new Set([200]))
  }
}

describe('a log that nobody reads', () => {
  for (const [name, open] of [
    ['a pipe', openPipe],
    ['a socket', () => ({ stdout: 'pipe' as const, close: () => undefined })],
  ] as const) {
    // Of a pipe the next test says the same, but that nobody reads it to the end.
    const test = name === 'a pipe' ? itLong : it
    test(`(${name}) stops nothing: thousands of lines are dropped and counted, and the service ends in time`, async () => {
      const { stdout, close } = open()
      const service = await startUnread(stdout)
      try {
        await eventually('dropped lines', async () => {
          await writeLines(service, 1000)
          return (await service.dropped()) > 100 ? true : null
        })
        service.child.kill('SIGTERM')
        // By its own clock in time: it ends with 1 where it does not.
        expect(await service.exited).to.equal(0)
      } finally {
        service.child.kill('SIGKILL')
        close()
      }
    })
  }

  it('says how many lines it has lost once it is read again, and loses none from then on', async () => {
    const { stdout, pipe, close } = openPipe()
    const service = await startUnread(stdout)
    let text = ''
    let reads = false
    const reading = setInterval(() => {
      text += reads ? readPipe(pipe) : ''
    }, 5)
    try {
      await eventually('dropped lines', async () => {
        await writeLines(service, 1000)
        return (await service.dropped()) > 100 ? true : null
      })
      const dropped = await service.dropped()
      reads = true
      await eventually('the line that says so', async () => (text.includes('were dropped') ? true : null))
      await service.post('no JSON, the last one')
      service.child.kill('SIGTERM')
      expect(await service.exited).to.equal(0)
      text += readPipe(pipe)
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      const told = lines.filter(({ msg }) => String(msg).includes('were dropped'))
      expect(told.reduce((sum, line) => sum + Number(line['dropped']), 0)).to.equal(dropped)
      const last = lines.map(({ msg }) => String(msg)).filter((msg) => !/^(not )?ready/.test(msg))
      expect(last.slice(-3)).to.deep.equal(['a delivery was refused: it is not JSON', 'stopping', 'stopped'])
    } finally {
      clearInterval(reading)
      service.child.kill('SIGKILL')
      close()
    }
  })
})
